"""The settings of a synthetic model, read from `parameters.yaml`: every number has a unit and a source there.

>>> settings("helm-mid").of("vendor-3/model-1").skill.accuracy
0.7
>>> settings("helm-mid", accuracy={"vendor-3": 0.9}).of("vendor-3/model-1").family
'vendor-3'
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache, lru_cache
from hashlib import sha256
from importlib.resources import files
from types import MappingProxyType
from typing import Any, TypeAlias, TypeVar

import yaml

from society_sim.errors import ScenarioError, nearest

T = TypeVar("T")
PerVariant: TypeAlias = "T | Mapping[str, T]"
"""One value for all, or one per variant: the whole name, or its family before the slash."""


@dataclass(frozen=True, slots=True)
class Skill:
    """How often a model is right, and what its errors have in common with others'.

    *margin* and *wrong* are variances of the item, family, model and single-answer parts (each sums to 1); *spread* is
    the Dirichlet parameter of the wrong options; with *floor* accuracy is never below chance.
    """

    accuracy: float
    margin: tuple[float, float, float, float]
    wrong: tuple[float, float, float, float]
    spread: float
    floor: bool


@dataclass(frozen=True, slots=True)
class Confidence:
    """How stated confidence comes about: *noise* in sd of the margin, the rest in logits."""

    noise: float
    shift: float
    slope: float
    jitter: float


@dataclass(frozen=True, slots=True)
class Persuasion:
    """By which rule (*update*) a model takes what others say, and with which weights."""

    update: str
    own_weight: float
    keep: float = 0.0
    sure: float = 0.0
    crowd: float = 0.0
    evidence: float = 0.0
    unrest: float = 0.0
    prior: float = 0.0
    own_voice: float = 0.0


@dataclass(frozen=True, slots=True)
class Failures:
    """Probabilities that something goes wrong with one answer."""

    transient: float
    malformed: float
    omitted: float


@dataclass(frozen=True, slots=True)
class Mind:
    """One variant of the model: who it is, what it can, how it speaks and listens.

    *kappa* is the correlation of argument strength with the margin, *firm* its mean in sd.
    """

    family: str
    model: str
    skill: Skill
    confidence: Confidence
    persuasion: Persuasion
    kappa: float
    firm: float


@dataclass(frozen=True, slots=True)
class Settings:
    """All that one synthetic model is made of; policies are given it beside the query."""

    preset: str
    mind: Mind
    accuracy: Mapping[str, float]
    confidence: Mapping[str, str]
    persuasion: Mapping[str, str]
    failures: Failures
    price: tuple[int, int]
    opinions: bool

    def __hash__(self) -> int:
        return id(self)

    def of(self, variant: str) -> Mind:
        """The mind behind *variant*, the part of a member's model name after the first slash."""
        return _of(self, variant)


@lru_cache(maxsize=4096)
def _of(settings: Settings, variant: str) -> Mind:
    family = variant.partition("/")[0]

    def pick(table: Mapping[str, T], default: T) -> T:
        return table.get(variant, table.get(family, default))

    mind = settings.mind
    accuracy = pick(settings.accuracy, mind.skill.accuracy)
    sure, moved = pick(settings.confidence, ""), pick(settings.persuasion, "")
    return replace(
        mind,
        family=family,
        model=variant,
        skill=replace(mind.skill, accuracy=accuracy),
        confidence=Confidence(**row("confidence", sure)) if sure else mind.confidence,
        persuasion=Persuasion(**row("persuasion", moved)) if moved else mind.persuasion,
    )


@cache
def table() -> Mapping[str, Any]:
    """`parameters.yaml` as it stands."""
    return MappingProxyType(yaml.safe_load(_file()))


@cache
def digest() -> str:
    """Eight hex digits that stand for `parameters.yaml` in the watermark."""
    return sha256(_file().replace(b"\r\n", b"\n")).hexdigest()[:8]


def _file() -> bytes:
    return files(__package__).joinpath("parameters.yaml").read_bytes()


def row(section: str, name: str) -> dict[str, Any]:
    """The values of one row of the parameter file, by name; `ScenarioError` if there is no such row."""
    rows = table()[section]
    if name not in rows:
        raise ScenarioError(f"the synthetic model has no {section} {name!r}; {nearest(name, rows)}")
    return {key: _plain(entry["value"]) for key, entry in rows[name].items() if key != "about"}


def value(section: str, name: str) -> Any:
    """One value of the parameter file that stands alone; `ScenarioError` if there is none of that name."""
    rows = table()[section]
    if name not in rows:
        raise ScenarioError(f"the synthetic model has no {section} {name!r}; {nearest(name, rows)}")
    return _plain(rows[name]["value"])


def _plain(found: Any) -> Any:
    return tuple(_plain(part) for part in found) if isinstance(found, list) else found


def settings(
    preset: str,
    *,
    accuracy: PerVariant[float] | None = None,
    confidence: PerVariant[str] | None = None,
    persuasion: PerVariant[str] | None = None,
    kappa: float | None = None,
    floor: bool | None = None,
    correlation: float = 1.0,
    margin: Sequence[float] | None = None,
    prior: float | None = None,
    own_voice: float | None = None,
    failures: str = "none",
    price: str = "gpt-4o-mini",
    opinions: bool = True,
) -> Settings:
    """The settings of *preset* with what is given in place of its own; `ScenarioError` for what cannot be."""
    own = row("presets", preset)
    base_accuracy, accuracies = _split(accuracy, own["accuracy"])
    base_confidence, confidences = _split(confidence, own["confidence"])
    base_persuasion, persuasions = _split(persuasion, own["persuasion"])
    for share in (base_accuracy, *accuracies.values()):
        _check("accuracy", share, 0, 1)
    for name in confidences.values():
        row("confidence", name)
    for name in persuasions.values():
        row("persuasion", name)
    moved = Persuasion(**row("persuasion", base_persuasion))
    if prior is not None:
        _check("prior", prior, 0, 1e9)
        moved = replace(moved, prior=prior)
    if own_voice is not None:
        _check("own_voice", own_voice, 0, 1e9)
        moved = replace(moved, own_voice=own_voice)
    told = own["kappa"] if kappa is None else _check("kappa", kappa, 0, 1)
    _check("correlation", correlation, 0, 100)
    parts = _shared(_margin(margin) or own["margin"], correlation)
    wrong = _shared(own["wrong"], correlation)
    skill = Skill(base_accuracy, parts, wrong, own["spread"], own["floor"] if floor is None else floor)
    mind = Mind("", "", skill, Confidence(**row("confidence", base_confidence)), moved, told, own["firm"])
    return Settings(
        preset, mind, accuracies, confidences, persuasions,
        Failures(**row("failures", failures)), value("prices", price), opinions,
    )  # fmt: skip


def _margin(parts: Sequence[float] | None) -> tuple[float, float, float, float] | None:
    if parts is None:
        return None
    if len(parts) != 4 or not all(0 <= part <= 1 for part in parts) or abs(sum(parts) - 1) > 1e-9:
        raise ScenarioError(f"margin is four shares of a variance (item, family, model, answer) that sum to 1, "
                            f"not {list(parts)}")  # fmt: skip
    item, family, model, answer = map(float, parts)
    return item, family, model, answer


def _shared(parts: tuple[float, float, float, float], times: float) -> tuple[float, float, float, float]:
    """*parts* with the first, which all families share, multiplied; the others keep their proportions."""
    item, family, model, answer = parts
    if times == 1 or item in (0, 1):
        return parts
    more = min(0.98, item * times)
    rest = (1 - more) / (1 - item)
    return more, family * rest, model * rest, answer * rest


def _split(given: PerVariant[T] | None, default: T) -> tuple[T, Mapping[str, T]]:
    if given is None:
        return default, {}
    return (default, dict(given)) if isinstance(given, Mapping) else (given, {})


def _check(name: str, found: float, low: float, high: float) -> float:
    if not low <= found <= high:
        raise ScenarioError(f"{name} is from {low:g} to {high:g}, not {found!r}")
    return found
