"""The page of an experiment."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from society_sim.reporting import design, differences, results, wording
from society_sim.reporting.assumed import assumed
from society_sim.reporting.captions import matched_arms, presets_of, told
from society_sim.reporting.over_time import structure
from society_sim.reporting.page import Block, Cell, Code, Page, Section, Table, Words
from society_sim.reporting.reading import DONE, Found, found
from society_sim.reporting.representative import representative


def experiment_page(folder: Path | str) -> Page:
    """What the experiment in *folder* came to, from the tables there (and, of dynamic organisations, the records).

    A table that is not there is told, and what it would have shown is left out. Raises `ScenarioError` for a folder
    that is no experiment's, and for a table that is torn.
    """
    read = found(Path(folder))
    parts: list[tuple[str, Iterator[Block]]] = [
        ("Question", _question(read)),
        ("In short", iter((differences.in_short(read),))),
        ("Design", design.design(read)),
        ("Arms", results.arms(read)),
        ("Measures and non-response", results.measures(read)),
        ("Comparisons", differences.comparisons(read)),
        ("Sensitivity", differences.sensitivity(read)),
        ("Spread", results.variance(read)),
        ("Runs", representative(read)),
        ("Structure over time", _dynamic(read)),
        ("What is assumed", assumed(presets_of(read), bool(read.about.get("synthetic")))),
        ("Provenance", _provenance(read)),
    ]
    sections = [Section(title, blocks) for title, made in parts if (blocks := tuple(made))]
    done = sum(row["status"] == DONE for row in read.runs)
    line = (f"An experiment of {wording.count(len(read.arms), 'cell')}, {wording.seeds(read.seeds)}, "
            f"{wording.count(done, 'run')}. society_sim {read.about.get('version', '?')}.")  # fmt: skip
    return Page(wording.shown(str(read.about["name"]), 200), line, tuple(sections))


def _question(read: Found) -> Iterator[Block]:
    yield Words(wording.shown(read.about.get("about") or "The scenario does not say what it asks (`about`)."))
    if read.about.get("synthetic"):
        yield Words("The members are synthetic: a declared null model without intelligence. Synthetic results are "
                    "consequences of the preset; what it assumes is listed below, and no such effect is a finding.",
                    "warning")  # fmt: skip
    if read.missing:
        yield Words(f"Not in the folder, so not shown here: {', '.join(read.missing)}. The experiment's command writes "
                    "it again without running anything anew.", "warning")  # fmt: skip
    yield from results.unfinished(read)


def _dynamic(read: Found) -> Iterator[Block]:
    """Structure over time of the first run of each arm that rewires itself."""
    sections = read.sections
    arms: Mapping[str, Any] = sections.get("arms") or {}
    base = sections.get("rewiring")
    shown: set[str] = set()
    for row in read.runs:
        changes = arms.get(row["arm"]) or {}
        own = [value for address, value in changes.items() if address.split(".")[0] == "rewiring"]
        dynamic = own[-1] if own else base
        if not dynamic or row["arm"] in shown or row["status"] != DONE or row["arm"] in matched_arms(read):
            continue
        shown.add(row["arm"])
        at = ", ".join(read.point(row))
        where = f"arm {row['arm']}{f' at {at}' if at else ''}, seed {row['seed']}"
        yield from structure(read.folder.parent / row["run"], where, told(read))


def _provenance(read: Found) -> Iterator[Block]:
    facts: Sequence[tuple[str, str]] = [
        ("society_sim", str(read.about.get("version", "?"))),
        ("folder", read.folder.name),
        *(("model", mark) for mark in read.about["models"]),
        ("seeds", wording.seeds(read.seeds).partition(" ")[2]),
        ("baseline", str(read.about["compare"].get("baseline"))),
        ("alpha", f"{read.alpha:g}"), ("margin", "none" if read.margin is None else f"{read.margin:g}"),
    ]  # fmt: skip
    yield Table("What these tables were made of. A model's mark has the digest of its parameters, and what the "
                "scenario sets in place of the preset's own.", ("what", "is"),
                tuple((Cell(name), Cell(wording.shown(value, 500))) for name, value in facts), 1, (1,))  # fmt: skip
    yield Table(
        "The digest of each cell: its scenario, without name and seeds. A run's folder is named after its first eight "
        "digits.", ("arm", *read.axes, "digest"),
        tuple((Cell(str(cell["arm"])), *(Cell(str(cell["point"].get(axis, ""))) for axis in read.axes),
               Cell(str(cell["digest"])[:16])) for cell in read.about["cells"]),
        1 + len(read.axes), (1 + len(read.axes),))  # fmt: skip
    seeds = len(read.seeds)
    swept = " --sensitivity" if read.sensitivity else ""
    yield Words("To reproduce the tables, then this page (what is there already is not run again; with another --out, "
                "all of it is):")  # fmt: skip
    scenario = shlex.quote(f"{read.folder.name}/scenario.yaml")
    yield Code(f"society-sim experiment {scenario} --seeds {seeds}{swept} --out . "
               f"&& society-sim report {shlex.quote(read.folder.name)}")  # fmt: skip
