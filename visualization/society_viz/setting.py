"""What a run asks and how it is set up: from the scenario that lies beside its record, if one does."""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from society_sim.errors import SocietyError
from society_sim.scenario import Scenario, sources
from society_sim.scenario.plainyaml import mapping
from society_viz.words import clean, spoken

_FILE, _MOST = "scenario.yaml", 1 << 20
_LONG = 48  # letters; a longer parameter is a text
_ROWS = (("population", "members"), ("topology", "ties"), ("rewiring", "ties change"), ("behaviours", "unasked"),
         ("task", "task"), ("mechanism", "settled by"))  # fmt: skip


@dataclass(frozen=True, slots=True)
class Setting:
    """The question a run asks, and the parts it is made of: (what, which); nothing where no scenario is known."""

    about: str = ""
    parts: tuple[tuple[str, str], ...] = ()


NO_SETTING = Setting()


def setting(record: Path) -> Setting:
    """The setting of the run whose *record* it is. A scenario that cannot be read is as good as none."""
    path = record.parent / _FILE
    try:
        known = mapping(path.read_text(encoding="utf-8")) if path.stat().st_size < _MOST else {}
    except (OSError, ValueError):
        return NO_SETTING
    about = known.get("about")
    return Setting(clean(about, 700) if isinstance(about, str) else "", tuple(_parts(known)))


def brought(record: Path) -> None:
    """Register the marks that the code beside *record* has, as it lies in the folder of a run whose scenario brings it.

    Code that cannot be run here, or any more, brings none, of which a warning tells.
    """
    file = record.with_name(_FILE)
    try:
        code = sources.code_beside(file)
        if code is not None and "society_viz" in code[1]:
            Scenario.read(file)
    except (OSError, ValueError, SocietyError) as error:
        warnings.warn(f"the marks that the scenario brings are not drawn: {error}", stacklevel=3)


def _parts(known: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for section, name in _ROWS:
        chosen = known.get(section)
        if isinstance(chosen, str) and chosen not in ("", "none"):
            yield name, _said(chosen)
        elif isinstance(chosen, dict) and chosen:
            told = [f"{_said(part)}{f' ({own})' if own else ''}" for part, given in list(chosen.items())[:4]
                    for own in [spoken(_named(given), 90) if given else ""]]  # fmt: skip
            yield name, clean("; ".join(told), 160)


def _named(given: Any) -> Any:
    """What can be said of what was *given* in a few words; of a file its name, for nobody else has its folder."""
    if isinstance(given, dict):
        plain = {key: _named(value) for key, value in given.items() if not isinstance(value, dict)}
        return {key: value for key, value in plain.items() if value not in (None, "", [])}
    if isinstance(given, list):
        return [] if len(given) > 6 or any(isinstance(one, (dict, list)) for one in given) else given
    if isinstance(given, str) and " " not in given and ("/" in given or "\\" in given):
        return given.replace("\\", "/").rstrip("/").rpartition("/")[2]
    return "" if isinstance(given, str) and len(given) > _LONG else given


def _said(part: Any) -> str:
    return clean(part, 40).replace("_", " ")
