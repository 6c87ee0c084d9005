"""C: what rules of voting make of the same ballots.

Voters are recorded: a table has a ranking (or a number) for each question and voter. A question is a profile.
"""

from __future__ import annotations

import csv
import os
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import replace
from itertools import permutations, product
from math import factorial
from typing import Any
from unittest.mock import patch

import numpy as np

from society_sim.mechanisms.median_vote import median_vote
from society_sim.rules.elimination import instant_runoff
from society_sim.rules.rulebook import RULEBOOK
from society_sim.scenario import Scenario
from society_sim.streams import stream
from society_sim.tasks.multiple_choice import LETTERS
from society_sim.validity.findings import Finding, exact, share
from society_sim.validity.rows import Bench, another, mutant, row

_FREE = {"preset": "independent", "price": "free"}


def electorate(bench: Bench, profiles: Sequence[Sequence[str]], *, options: int, mechanism: Any) -> Scenario:
    """Voters whose rankings of the first letters (`CAB`: C is best) are those of *profiles*, one question for each."""
    return _recorded(bench, [[" > ".join(ballot) for ballot in one] for one in profiles], mechanism, options)


def _recorded(bench: Bench, cells: Sequence[Sequence[str]], mechanism: Any, options: int | None = None) -> Scenario:
    """One question for each row of *cells*, one voter for each column; an empty cell is an abstention."""
    width = max(map(len, cells))
    table = bench.folder / "ballots.csv"
    with table.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["qid", "gold", "n_options", *(f"v{seat}" for seat in range(width))])
        for number, own in enumerate(cells):
            gold = LETTERS[0] if options else 0
            writer.writerow([f"q{number}", gold, options or "", *own, *[""] * (width - len(own))])
    return Scenario.of(
        name="electorate", models={"panel": {"recorded": {"answers": table}}}, population="panel", topology="flat",
        task={"multiple_choice": {"questions": table}}, mechanism=mechanism,
    )  # fmt: skip


def elected(outcome: Mapping[str, Any]) -> str:
    """Who won a question, or who are tied."""
    return outcome["decision"] or "".join(outcome.get("winners", ()))


def _vote(rule: str, ties: str = "none", **more: Any) -> dict[str, Any]:
    return {"vote": {"rule": rule, "ties": ties, **more}}


# --- C1: one profile, many winners ------------------------------------------------------------------------------------

_MALKEVITCH = ["ADECB"] * 18 + ["BEDCA"] * 12 + ["CBEDA"] * 10 + ["DCEBA"] * 9 + ["EBDCA"] * 4 + ["ECDBA"] * 2
_WINNERS = {
    "plurality": "A", "runoff": "B", "instant_runoff": "C", "borda": "D", "condorcet": "E", "copeland": "E",
    "minimax": "E", "schulze": "E", "ranked_pairs": "E", "anti_plurality": "CDE",
}  # fmt: skip


@row(
    "C1", "One electorate, and every rule elects another", formula="18 ADECB, 12 BEDCA, 10 CBEDA, 9 DCEBA, 4 EBDCA, "
    "2 ECDBA", source="Malkevitch 1990", cases=[{"rule": rule} for rule in _WINNERS],
)  # fmt: skip
def malkevitch(bench: Bench, rule: str) -> Iterator[Finding]:
    """Fifty-five recorded voters. 1 says that the one who should be is elected, and nobody else."""
    ballots = [ballot[:1] for ballot in _MALKEVITCH] if rule == "plurality" else _MALKEVITCH
    (outcome,) = bench.run(electorate(bench, [ballots], options=5, mechanism=_vote(rule))).outcomes
    yield exact(f"elected: {', '.join(_WINNERS[rule])}", float(elected(outcome) == _WINNERS[rule]), 1.0, within=0)
    if rule == "borda":
        yield exact("points of D", outcome["tally"]["D"], 136.0, reference=136.0)
        yield exact("points of E", outcome["tally"]["E"], 134.0, reference=134.0)


@mutant("C1", "the last is worth a point more than the first", rule="borda")
def upside_down() -> AbstractContextManager[Any]:
    return _counting("borda", lambda ballots, order: RULEBOOK["anti_plurality"].count(ballots, order))


def _counting(rule: str, count: Callable[..., Any]) -> AbstractContextManager[Any]:
    """Another count in place of that of *rule*."""
    return patch.dict(RULEBOOK, {rule: replace(RULEBOOK[rule], count=count)})


# --- C2: Condorcet's paradox ------------------------------------------------------------------------------------------

_ORDERS = ["".join(order) for order in permutations("ABC")]


def ways(counts: Sequence[int]) -> int:
    """In how many orders of voters so many hold each of the rankings."""
    found = factorial(sum(counts))
    for own in counts:
        found //= factorial(own)
    return found


def electorates(n: int) -> Iterator[tuple[int, ...]]:
    """How many of *n* voters hold each of the six rankings of three options, in all ways."""
    for counts in product(range(n + 1), repeat=5):
        if (rest := n - sum(counts)) >= 0:
            yield (*counts, rest)


def paradoxes(n: int) -> float:
    """How often nobody beats both others, if *n* voters (odd) draw their rankings evenly.

    >>> round(paradoxes(3) * 18, 9), round(paradoxes(5) * 72, 9)
    (1.0, 5.0)
    """

    def beats(one: str, other: str, counts: Sequence[int]) -> bool:
        above = sum(own for order, own in zip(_ORDERS, counts, strict=True) if order.index(one) < order.index(other))
        return 2 * above > n

    lost = sum(
        ways(counts) for counts in electorates(n)
        if not any(all(beats(one, other, counts) for other in "ABC" if other != one) for one in "ABC")
    )  # fmt: skip
    return float(lost / 6**n)


_PARADOXES = {3: 0.05556, 5: 0.06944, 7: 0.07502, 11: 0.07981}


@row(
    "C2", "Condorcet's paradox", formula="three options, impartial culture: P(no option beats both others)",
    source="Guilbaud 1952; Gehrlein 1983", cases=[{"n": n} for n in _PARADOXES],
)  # fmt: skip
def paradox(bench: Bench, n: int) -> Iterator[Finding]:
    """Opinions of the synthetic model: every ranking is as likely as every other."""
    elections = bench.size({3: 2500, 5: 2000, 7: 1200, 11: 900}[n])
    result = bench.run(Scenario.of(
        name="culture", models={"m": {"synthetic": _FREE}}, population={"plain": {"size": n}}, topology="flat",
        task={"opinions": {"options": ["A", "B", "C"], "start": "asked", "rounds": elections}},
        mechanism=_vote("condorcet"),
    ))  # fmt: skip
    nobody = sum(outcome["decision"] is None for outcome in result.outcomes)
    yield share("elections without a Condorcet winner", nobody, elections, paradoxes(n), reference=_PARADOXES[n])


@mutant("C2", "most victories are enough", n=5)
def copeland_is_enough() -> AbstractContextManager[Any]:
    return _counting("condorcet", lambda ballots, order: RULEBOOK["minimax"].count(ballots, list(ballots.options)))


# --- C3, C4: what lying brings ----------------------------------------------------------------------------------------

_MANIPULABLE = {
    ("plurality", 3): 36, ("borda", 3): 51, ("instant_runoff", 3): 24, ("copeland", 3): 24, ("dictator", 3): 0,
    ("plurality", 5): 1800, ("borda", 5): 2220, ("instant_runoff", 5): 720, ("copeland", 5): 1080,
}  # fmt: skip


@row(
    "C3", "Every rule for three options can be manipulated, except a dictator's",
    formula="profiles in which one voter gains by another ranking, of 6^n; ties by the alphabet",
    source="Gibbard 1973; Satterthwaite 1975", cases=[{"rule": rule, "n": n} for rule, n in _MANIPULABLE],
)  # fmt: skip
def manipulation(bench: Bench, rule: str, n: int) -> Iterator[Finding]:
    """All profiles of *n* voters, each one a vote; who would gain is then looked up among the outcomes."""
    profiles = list(product(range(6), repeat=n)) if rule == "dictator" else [
        tuple(at for at, own in enumerate(counts) for _ in range(own)) for counts in electorates(n)
    ]  # fmt: skip
    asked = {"dictator": "plurality"}.get(rule, rule)
    ballots = [[_ORDERS[at][: 1 if asked == "plurality" else 3] for at in one] for one in profiles]
    base = electorate(bench, ballots, options=3, mechanism=_vote(asked, "alphabetical"))
    if rule == "dictator":
        traits = bench.folder / "traits.csv"
        traits.write_text("model,say\n" + "".join(f"v{seat},{int(seat == 0)}\n" for seat in range(n)))
        base = base.set("population", {"panel": {"traits": traits}}).set("mechanism", _vote(
            asked, "alphabetical", weights="say"))  # fmt: skip
    won = dict(zip(profiles, map(elected, bench.run(base).outcomes), strict=True))
    found = 0
    for profile, winner in won.items():
        if any(_ORDERS[own].index(won[_with(profile, seat, lie, rule == "dictator")]) < _ORDERS[own].index(winner)
               for seat, own in enumerate(profile) for lie in range(6)):  # fmt: skip
            found += 1 if rule == "dictator" else ways([profile.count(at) for at in range(6)])
    if n == 3 and rule != "dictator":
        circle = won[tuple(sorted(_ORDERS.index(order) for order in ("ABC", "BCA", "CAB")))]
        yield exact("a full circle elects A, by the alphabet", float(circle == "A"), 1.0, within=0)
    yield exact("manipulable profiles", found, _MANIPULABLE[rule, n], within=0, reference=_MANIPULABLE[rule, n])


def _with(profile: tuple[int, ...], seat: int, lie: int, in_order: bool) -> tuple[int, ...]:
    """*profile* with another ranking at *seat*; where voters are alike, in the order of rankings."""
    other = (*profile[:seat], lie, *profile[seat + 1 :])
    return other if in_order else tuple(sorted(other))


@mutant("C3", "ties of elimination are reversed", rule="instant_runoff", n=3)
def elimination_reversed() -> AbstractContextManager[Any]:
    """As many profiles can be manipulated as before: options have only changed their names. Who wins tells."""
    return _counting("instant_runoff", lambda ballots, order: instant_runoff(ballots, order and list(order)[::-1]))


@row(
    "C4", "Nobody gains by misreporting to the median; to the mean nearly everybody does",
    formula="max over voters and lies of |decision - own| told truly, less the same after the lie",
    source="Moulin 1980", cases=[{"take": "median"}, {"take": "mean"}],
)  # fmt: skip
def misreports(bench: Bench, take: str) -> Iterator[Finding]:
    """Seven voters with numbers from 0 to 1, who each try twenty-one lies.

    The source's table has a gain of .133 for the mean on a sample that it does not print; here it is that of this one,
    the smaller of how far the mean is from a voter and how far the voter can move it.
    """
    peaks = [round(float(one), 2) for one in stream(bench.seed, "peaks").random(7)]
    lies = [place / 20 for place in range(21)]
    told = [peaks, *([*peaks[:seat], lie, *peaks[seat + 1 :]] for seat in range(7) for lie in lies)]
    mechanism = {"median_vote": {"low": 0.0, "high": 1.0, "take": take}}
    result = bench.run(_recorded(bench, [[repr(one) for one in row] for row in told], mechanism))
    truth, *after = (outcome["decision"] for outcome in result.outcomes)
    gains = [abs(truth - peaks[place // 21]) - abs(one - peaks[place // 21]) for place, one in enumerate(after)]
    centre = sum(peaks) / 7
    reach = [min(abs(own - centre), (1 - own if own > centre else own) / 7) for own in peaks]
    # The grid may miss the lie that brings the mean to a voter exactly; it cannot beat it.
    if take == "median":
        yield exact("most that anybody gains", max(gains), 0.0, within=1e-12, reference=0.0)
    else:
        yield exact("most that anybody gains", max(gains), max(reach), within=0.05 / 7)


@mutant("C4", "the mean is taken for the median", take="median")
def mean_for_median() -> AbstractContextManager[Any]:
    def wrong(society: Any, question: Any, **given: Any) -> Any:
        return median_vote(society, question, **{**given, "take": "mean"})

    return another("mechanism", "median_vote", wrong)


# --- C5: another library ----------------------------------------------------------------------------------------------

_COMPARED = (
    "anti_plurality", "borda", "runoff", "instant_runoff", "bucklin", "condorcet", "copeland", "minimax", "schulze",
    "ranked_pairs",
)  # fmt: skip


@row(
    "C5", "The same winners as another library", formula="random profiles of up to 9 voters and 5 options, ties kept",
    source="pref_voting, Holliday and Pacuit 2025", cases=[{"rule": rule} for rule in _COMPARED], needs="pref_voting",
)  # fmt: skip
def beside_another_library(bench: Bench, rule: str) -> Iterator[Finding]:
    """Whoever wins, alone or tied, wins there too. The tests of the rules compare two thousand profiles more."""
    luck = stream(bench.seed, "profiles")
    profiles = max(10, bench.size(60))
    same = 0
    for options in (2, 3, 4, 5):
        drawn = [luck.permuted(np.tile(np.arange(options), (int(luck.integers(1, 10)), 1)), axis=1).tolist()
                 for _ in range(profiles // 4 + 1)]  # fmt: skip
        ballots = [["".join(LETTERS[place] for place in ballot) for ballot in one] for one in drawn]
        result = bench.run(electorate(bench, ballots, options=options, mechanism=_vote(rule)), seed=options)
        same += sum(elected(outcome) == _theirs(rule, one) for outcome, one in zip(result.outcomes, drawn, strict=True))
    whole = 4 * (profiles // 4 + 1)
    yield exact(f"profiles with the same winners, of {whole}", same, whole, within=0)


def _theirs(rule: str, rankings: list[list[int]]) -> str:
    """The winners according to pref_voting."""
    with warnings.catch_warnings(), patch.dict(os.environ, {"NUMBA_DISABLE_JIT": "1"}):  # profiles are small
        warnings.simplefilter("ignore")
        from pref_voting import voting_methods as methods
        from pref_voting.profiles import Profile

        profile = Profile(rankings)
        if rule == "condorcet":
            found = [one for one in [profile.condorcet_winner()] if one is not None]
        elif rule == "ranked_pairs":
            found = methods.ranked_pairs(profile, algorithm="from_stacks")
        else:
            name = {"runoff": "plurality_with_runoff_put", "instant_runoff": "instant_runoff_put",
                    "schulze": "beat_path"}.get(rule, rule)  # fmt: skip
            found = getattr(methods, name)(profile)
    return "".join(LETTERS[int(one)] for one in sorted(found))


@mutant("C5", "a tie elects the first", rule="minimax")
def first_of_a_tie() -> AbstractContextManager[Any]:
    minimax = RULEBOOK["minimax"].count
    return _counting("minimax", lambda ballots, order: minimax(ballots, order or list(ballots.options)))
