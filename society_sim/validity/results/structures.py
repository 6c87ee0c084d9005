"""F: what the form of an organisation costs and does."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager
from fractions import Fraction
from math import comb, fsum

from society_sim.scenario import Scenario
from society_sim.validity.findings import Finding, share
from society_sim.validity.rows import Bench, mutant, replaced, row

_GOOD, _WEAK = 0.75, 0.65


def better_leads(tasks: int) -> float:
    """How often the better of two shows the better record after so many *tasks*; equal records are tossed for.

    >>> round(better_leads(10), 3), round(better_leads(100), 3)
    (0.685, 0.939)
    """

    def chance(p: float, k: int) -> float:
        return comb(tasks, k) * p**k * (1 - p) ** (tasks - k)

    return fsum(
        chance(_GOOD, k) * chance(_WEAK, j) * (0.5 if k == j else 1)
        for k in range(tasks + 1)
        for j in range(k + 1)
    )


@row(
    "F13", "Promotion by competence", formula="P(X > Y) + P(X = Y) / 2, X ~ Bin(T, .75), Y ~ Bin(T, .65)",
    source="exact", cases=[{"tasks": 10}, {"tasks": 50}, {"tasks": 100}],
)  # fmt: skip
def promotion(bench: Bench, tasks: int) -> Iterator[Finding]:
    """Communities of two whose weaker member leads, until their records are looked at."""
    pairs = bench.size(400)
    variants = [f"{kind}/{pair}" for pair in range(pairs) for kind in ("weak", "good")]
    model = {"preset": "independent", "price": "free", "variants": variants, "accuracy": {"weak": _WEAK, "good": _GOOD}}
    result = bench.run(Scenario.of(
        name="promotion", models={"m": {"synthetic": model}}, population={"panel": {"model": "m"}},
        topology={"federated": {"communities": pairs}}, task={"multiple_choice": {"rounds": tasks + 1, "options": 4}},
        mechanism="plurality", rewiring={"competence": {"least": tasks, "every": tasks + 0.5}},
    ))  # fmt: skip
    led = sum(entry["kind"] == "place" and entry["attributes"]["head"] and entry["member"] % 2
              for entry in result.record)  # fmt: skip
    printed = {10: 0.685, 50: 0.863, 100: 0.939}[tasks]
    yield share("the better one leads", led, pairs, better_leads(tasks), reference=printed)


@mutant("F13", "records are not looked at", tasks=50)
def blind() -> AbstractContextManager[None]:
    return replaced(**{"society_sim.rewirings.competence._share": lambda frame, seat: Fraction(1, 2)})
