"""The design of an experiment: arms, grid, what is paired, and who is asked what."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import yaml

from society_sim.reporting import wording
from society_sim.reporting.page import Block, Cell, Code, Table, Words
from society_sim.reporting.reading import Found

_SECTIONS = ("models", "population", "task", "topology", "rewiring", "mechanism", "memory", "attention", "channel",
             "pace", "capacity", "arrivals", "money")  # fmt: skip


def design(found: Found) -> Iterator[Block]:
    """Arms, grid, and who is asked what; what is paired."""
    yield Words("Arms are paired by common random numbers: with one seed, and at one point of the grid, all arms have "
                "the same members, the same questions in the same order, and members who make the same first errors. "
                f"Each arm ran with {wording.seeds(found.seeds)}; the baseline is "
                f"{found.about['compare'].get('baseline')}, and "
                f"{', '.join(found.about['compare'].get('measures', ()))} was compared at alpha {found.alpha:g}"
                + ("" if found.margin is None else f", equivalence within ±{found.margin:g}") + ".")  # fmt: skip
    sections = found.sections
    arms_said: Mapping[str, Any] = sections.get("arms") or {}
    if arms_said:
        rows = tuple((Cell(str(name)), Cell(flow(change) or "(as the scenario stands)"))
                     for name, change in arms_said.items())  # fmt: skip
        yield Table("The arms: what each changes in the scenario.", ("arm", "is"), rows, 1, (1,))
    grid: Mapping[str, Any] = sections.get("grid") or {}
    if grid:
        levels_said = tuple(
            (Cell(str(axis)), Cell(name), Cell(flow(change) or "(as the scenario stands)"))
            for axis, levels in grid.items()
            for name, change in (levels.items() if isinstance(levels, dict) else ((flow(one), {axis: one})
                                                                                   for one in levels))
        )  # fmt: skip
        yield Table("The grid: each arm at each of these.", ("axis", "level", "is"), levels_said, 2, (2,))
    yield from sections_table("What the scenario says where an arm says nothing else.", sections)
    if found.scenario:
        yield Code(found.scenario, "The whole scenario")


def sections_table(caption: str, sections: Mapping[str, Any]) -> Iterator[Block]:
    """The sections of a scenario that say who is asked what, and how."""
    rows = tuple((Cell(name), Cell(wording.shown(flow(sections[name])))) for name in _SECTIONS if name in sections)
    if rows:
        yield Table(caption, ("section", "is"), rows, 1, (1,))


def flow(value: Any) -> str:
    """A part of a scenario on one line, as YAML."""
    if not value:
        return ""
    text = yaml.safe_dump(value, default_flow_style=True, sort_keys=False, width=10_000, allow_unicode=True)
    text = text.strip().removesuffix("...").strip()
    return text[1:-1] if isinstance(value, dict) and text.startswith("{") else text
