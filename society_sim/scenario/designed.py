"""How the sections of an experiment are read and written: arms, grid, how arms are compared, what has to be swept."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from types import MappingProxyType
from typing import Any

from society_sim.errors import nearest
from society_sim.scenario.conform import Where, conform, text, told

DESIGN = ("arms", "grid", "compare", "sensitivity")
"""The sections that make a scenario an experiment; a run of it takes no note of them."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """How arms are compared.

    *baseline*: the arm that the others are set against; the first, if left out. *measures*: what is compared: those
    named here, `accuracy` if none is. *margin*: differences within plus, minus that much count as equivalent, in units
    of the measure; not tested if left out. *alpha*: how often at most an error of the first kind is made over all
    comparisons together. *best_single*: whether each arm is set against the best of its models alone. *matched*:
    whether it is set against one model that is asked as often as the arm's tokens allow. *pool*: an axis of the grid
    whose points are also taken together, as one point called `all`: two halves of a bank, say.
    """

    baseline: str | None = None
    measures: Sequence[str] = ("accuracy",)
    margin: float | None = None
    alpha: float = 0.05
    best_single: bool = True
    matched: bool = True
    pool: str | None = None


@dataclass(frozen=True, slots=True)
class Sensitivity:
    """Over which assumptions of the synthetic models a comparison has to hold; what is left out has these levels."""

    correlation: Sequence[float] = (0.5, 1.0, 1.5)
    confidence: Sequence[str] = ("calibrated", "mid", "small")
    kappa: Sequence[float] = (0.0, 0.4)


def _conformed(kind: type, value: Any, where: Where, name: str) -> Mapping[str, Any]:
    """*value* as the fields of the dataclass *kind*."""
    if not isinstance(value, Mapping):
        raise where.error(f"{name} is a mapping, not {told(value)}")
    types = {"baseline": str | None, "measures": list[str], "margin": float | None, "alpha": float, "best_single": bool,
             "matched": bool, "pool": str | None, "correlation": list[float], "confidence": list[str],
             "kappa": list[float]}  # fmt: skip
    known = [one.name for one in fields(kind)]
    read = {}
    for key, item in value.items():
        if key not in known:
            raise (where / key).error(f"{name} has no {key!r}; {nearest(str(key), known)}", key=True)
        read[key] = conform(item, types[key], where / key, f"{name}.{key}")
        if isinstance(read[key], list) and not read[key]:
            raise (where / key).error(f"{name}.{key} names nothing")
    if not 0 < read.get("alpha", 0.05) < 0.5:
        raise (where / "alpha").error(f"{name}.alpha is between 0 and 0.5, not {read['alpha']:g}")
    if read.get("margin") is not None and read["margin"] <= 0:
        raise (where / "margin").error(f"{name}.margin is more than 0, not {read['margin']:g}")
    return MappingProxyType(read)


@dataclass(frozen=True)
class Designed:
    """A section about the experiment and not about its runs: it names no parts of its own."""

    kind: type | None = None
    required: bool = False
    fixed: bool = True

    def read(self, value: Any, where: Where, name: str) -> Any:
        if self.kind is not None:
            return _conformed(self.kind, value, where, name)
        if not isinstance(value, Mapping) or not value:
            raise where.error(f"{name} is a mapping of names to what they change, not "
                              f"{told(value) if value else 'nothing'}")  # fmt: skip
        for key, item in value.items():
            text(key, where / key, f"a name in {name}")
            if name == "grid" and (not isinstance(item, (list, tuple, Mapping)) or not item):
                raise (where / key).error(f"grid.{key} is a list of values, or a mapping of names to what they change, "
                                          f"not {told(item) if item else 'nothing'}")  # fmt: skip
        return MappingProxyType(dict(value))

    def put(self, old: Any, rest: Sequence[str], value: Any, where: Where, name: str) -> Any:
        if not rest:
            return self.read(value, where, name)
        key = ".".join(rest)
        kept = {known: item for known, item in (old or {}).items() if known != key or value is not None}
        return self.read({**kept, **({} if value is None else {key: value})}, where, name)

    def write(self, value: Any) -> Any:
        return {key: dict(item) if isinstance(item, Mapping) else item for key, item in value.items()}

    def uses(self, value: Any) -> Iterator[Any]:  # noqa: ARG002 - its parts are those of its cells
        return iter(())
