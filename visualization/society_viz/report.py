"""`report`: what an experiment or a run came to, as one page."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from society_sim.errors import ScenarioError
from society_sim.reporting import Page, experiment_page, html, markdown, run_page
from society_sim.reporting.reading import is_experiment
from society_viz.charts import chart
from society_viz.errors import VizError
from society_viz.look import chart_style

ENDINGS = (".html", ".md")
REPORT = "report"


def report(
    folder: Path | str, to: Path | str | None = None, *, measures: Mapping[str, float] | None = None
) -> list[Path]:
    """Write the report of the experiment or the run in *folder*; gives the files.

    The ending of *to* says what is made: `.html`, one self-contained page, or `.md`, with its figures as SVG files in a
    folder beside it. If it is left out, both are made in *folder*: `report.html` and `report.md`. *measures* are those
    of a run that were computed already; an experiment's stand in its tables. Only files in *folder* are read (and, for
    dynamic organisations, the records of the experiment); nothing is run. The same folder gives the same bytes.

    Raises `VizError`, whose text says what is wrong with the folder, or with what was asked.
    """
    folder = Path(folder)
    wanted = [folder / f"{REPORT}{ending}" for ending in ENDINGS] if to is None else [Path(to)]
    for path in wanted:
        if path.suffix.lower() not in ENDINGS:
            raise VizError(f"{path.name!r} does not say what to make: a report's name ends in .html or .md")
    if not folder.is_dir():
        raise VizError(f"there is no folder {str(folder)!r}; give an experiment's folder or a run's, as they print it")
    try:
        page = experiment_page(folder) if is_experiment(folder) else run_page(folder, measures)
    except ScenarioError as error:
        raise VizError(str(error)) from error
    try:
        for path in wanted:
            _write(page, path)
    except OSError as error:
        raise VizError(f"cannot write {error.filename or to}: {error.strerror or error}") from error
    return wanted


def _write(page: Page, to: Path) -> None:
    to.parent.mkdir(parents=True, exist_ok=True)
    if to.suffix.lower() == ".html":
        text = html(page, chart, chart_style())
    else:
        beside = to.with_name(f"{to.stem}_figures")
        text, figures = markdown(page, chart, beside.name)
        if figures:
            beside.mkdir(exist_ok=True)
        for name, drawn in figures.items():
            (beside / name).write_text(_alone(drawn), encoding="utf-8", newline="\n")
    made = to.with_name(f".{to.name}.partial")
    made.write_text(text, encoding="utf-8", newline="\n")
    made.replace(to)


def _alone(drawn: str) -> str:
    """A chart as a file of its own, with its style in it and a paper behind it."""
    start = drawn.index(">", drawn.index("<svg")) + 1
    paper = '<rect width="100%" height="100%" fill="var(--paper)"/>'
    return f"{drawn[:start]}<style>{chart_style('.c')}</style>{paper}{drawn[start:]}\n"
