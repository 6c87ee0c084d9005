"""What there is to watch: the scenarios that come with the package, and the runs that are kept."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from society_sim.errors import SocietyError
from society_sim.scenario import Scenario, sources
from society_viz.words import clean

_RUNS = 60


@dataclass(frozen=True, slots=True)
class Offer:
    """Something to watch: what it is called, what it is about, and what opens it."""

    of: str
    name: str
    about: str
    parts: tuple[str, ...] = ()


_read: dict[Path, tuple[tuple[int, ...], Offer | None]] = {}


def scenarios() -> list[Offer]:
    """The scenarios by name; what cannot be read is left out. A file is read once, and again when it has changed."""
    found = []
    for name, file in sorted(sources.known().items()):
        stamp = _stamp(file)
        if file not in _read or _read[file][0] != stamp:
            _read[file] = stamp, _offer(name)
        found.append(_read[file][1])
    return [offer for offer in found if offer is not None]


def _stamp(file: Path) -> tuple[int, ...]:
    """What changes when the scenario in *file*, or the code beside it, does."""
    there = [one.stat() for one in (file, file.with_suffix(".py")) if one.is_file()]
    return tuple(number for one in there for number in (one.st_mtime_ns, one.st_size))


def _offer(name: str) -> Offer | None:
    try:
        scenario = Scenario.read(name)
    except SocietyError:
        return None
    parts = tuple(scenario.part(section)[0].name for section in ("topology", "mechanism", "task")
                  if section in scenario.sections)  # fmt: skip
    return Offer(name, name, clean(scenario.about, 300), parts)


def runs(out: Path) -> list[Offer]:
    """The runs kept under *out*, the latest first."""
    records = [path for name in ("record.jsonl", "record.partial.jsonl") for path in out.glob(f"*/seed-*/{name}")]
    dated = []
    for path in records:
        try:
            dated.append((path.stat().st_mtime, path))
        except OSError:
            continue
    dated.sort(reverse=True)
    folders = dict.fromkeys(path.parent for _, path in dated)
    return [Offer(str(folder), f"{folder.parent.name} {folder.name}",
                  "" if (folder / "record.jsonl").exists() else "broken off, or still going on")
            for folder in list(folders)[:_RUNS]]  # fmt: skip
