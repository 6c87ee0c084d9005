"""What the synthetic models assume, so that nobody takes it for found."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from society_sim.backends.synthetic.effects import assumed_effects
from society_sim.errors import ScenarioError
from society_sim.reporting.page import Block, Cell, Table, Words


def assumed(presets: Sequence[str], synthetic: bool) -> Iterator[Block]:
    """The effects that *presets* put there, with the parameters that do it."""
    if not synthetic:
        yield Words("No member was synthetic: no effect was put in by a preset.")
        return
    known = {}
    for preset in presets:
        try:
            known[preset] = assumed_effects(preset)
        except ScenarioError:
            yield Words(f"This version knows no preset {preset!r}; what it assumed is not listed.", "warning")
    yield Words("Synthetic results are consequences of the preset. Each of these effects is assumed: a result that "
                "only restates one of them is no finding.", "warning")  # fmt: skip
    if known:
        effects = list(dict.fromkeys(effect for own in known.values() for effect in own))
        yield Table("The effects that the preset assumes, and the parameters that put them there. Values are the "
                    "preset's own; what a scenario sets in their place stands in the model's mark.",
                    ("assumed effect", *known),
                    tuple((Cell(effect), *(Cell(own.get(effect, "–")) for own in known.values()))
                          for effect in effects),
                    1, tuple(range(1, 1 + len(known))))  # fmt: skip
