"""The section `expect`: what a scenario's author found, in words and as intervals that can be held against a run."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields
from types import MappingProxyType
from typing import Any

from society_sim.errors import nearest
from society_sim.scenario.conform import Where, conform, told

COUNTED = ("accuracy", "best_single", "calls", "tokens", "messages", "time", "micro_usd")
"""What an experiment knows of each run, whatever the scenario measures."""


@dataclass(frozen=True, slots=True)
class Figure:
    """The mean of *measure* over the seeds lies in *between*, both ends included, in units of the measure.

    *arm*: of that arm; it may be left out where there is one alone. *less*: of the difference between *arm* and this
    arm, seed by seed. *at*: axis of the grid -> label of its level; axes that are left out are averaged over.
    """

    measure: str
    between: Sequence[float]
    arm: str | None = None
    less: str | None = None
    at: Mapping[str, str] = field(default_factory=dict)

    def __str__(self) -> str:
        where = ", ".join([*([f"{self.arm} less {self.less}" if self.less else self.arm] if self.arm else []),
                           *(f"{axis} {level}" for axis, level in self.at.items())])  # fmt: skip
        low, high = self.between
        return f"{self.measure}{f' ({where})' if where else ''} {low:g} to {high:g}"


@dataclass(frozen=True, slots=True)
class Expectation:
    """What is to be expected.

    *says*: in words. *figures*: what of it can be checked, as means over the seeds 0, 1, ..., *seeds* - 1. Of a
    scenario that was changed nothing is expected: what shapes its runs, or its arms, takes this section out.
    """

    says: str
    seeds: int = 1
    figures: Sequence[Figure] = ()


@dataclass(frozen=True)
class Expected:
    """The section: `{says: WORDS, seeds: NUMBER, figures: [{measure: NAME, between: [LOW, HIGH]}, ...]}`."""

    required: bool = False
    fixed: bool = True

    def read(self, value: Any, where: Where, name: str) -> Expectation:
        read = _fields(value, {"says": str, "seeds": int, "figures": list[Any]}, where, name, needs=("says",))
        if read.get("seeds", 1) < 1:
            raise (where / "seeds").error(f"{name}.seeds is at least 1, not {read['seeds']}")
        figures = [_figure(one, where / "figures" / place, f"{name}.figures[{place}]")
                   for place, one in enumerate(read.get("figures", ()))]  # fmt: skip
        return Expectation(**{**read, "figures": tuple(figures)})

    def put(self, _: Any, rest: Sequence[str], value: Any, where: Where, name: str) -> Expectation:
        if rest:
            raise where.error(f"{name} is set as a whole")
        return self.read(value, where, name)

    def write(self, value: Expectation) -> Any:
        return {**_plain(value), **({"figures": [_plain(one) for one in value.figures]} if value.figures else {})}

    def uses(self, value: Any) -> Iterator[Any]:  # noqa: ARG002 - it names no part that is used
        return iter(())


def _figure(value: Any, where: Where, name: str) -> Figure:
    kinds = {"measure": str, "between": list[float], "arm": str, "less": str, "at": dict[str, str]}
    read = _fields(value, kinds, where, name, needs=("measure", "between"))
    if len(read["between"]) != 2 or read["between"][0] > read["between"][1]:
        raise (where / "between").error(f"{name}.between is a list of two numbers, the lower one first")
    return Figure(**{**read, "between": tuple(read["between"]), "at": MappingProxyType(read.get("at", {}))})


def _fields(
    value: Any, kinds: Mapping[str, Any], where: Where, name: str, *, needs: Sequence[str]
) -> dict[str, Any]:
    """*value* as a mapping of those of *kinds*."""
    if not isinstance(value, Mapping):
        raise where.error(f"{name} is a mapping of {', '.join(kinds)}, not {told(value)}")
    for key in value:
        if key not in kinds:
            raise (where / key).error(f"{name} has no {key!r}; {nearest(str(key), kinds)}", key=True)
    for key in needs:
        if key not in value:
            raise where.error(f"{name} needs {key}")
    return {key: conform(item, kinds[key], where / key, f"{name}.{key}") for key, item in value.items()}


def _plain(value: Expectation | Figure) -> dict[str, Any]:
    """What *value* says other than what is understood, `figures` apart."""
    known = {one.name: getattr(value, one.name) for one in fields(value) if one.name != "figures"}
    return {name: list(item) if isinstance(item, tuple) else dict(item) if isinstance(item, Mapping) else item
            for name, item in known.items() if item is not None and item != {}}  # fmt: skip
