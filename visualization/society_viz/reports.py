"""`report`: what an experiment or a run came to, as one page."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from society_sim.errors import ScenarioError
from society_sim.reporting import Page, Player, experiment_page, html, markdown, run_page
from society_sim.reporting.drawings import Drawing
from society_sim.reporting.reading import is_experiment
from society_viz.charts import chart
from society_viz.drawing import svg
from society_viz.errors import VizError
from society_viz.files import whole
from society_viz.look import chart_style
from society_viz.page import player
from society_viz.posters import SIZE, filmed, still
from society_viz.printed import write_chart

ENDINGS = (".html", ".md")
REPORT = "report"


def report(
    folder: Path | str, to: Path | str | None = None, *, measures: Mapping[str, float] | None = None
) -> list[Path]:
    """Write the report of the experiment or the run in *folder*; gives the files.

    The ending of *to* says what is made: `.html`, one self-contained page, or `.md`, with its figures in a folder
    beside it: charts as SVG and as PDF, runs as SVG and as a page that plays them. If it is left out, both are made in
    *folder*: `report.html` and `report.md`. *measures* are those of a run that were computed already; an experiment's
    stand in its tables. Only files in *folder* are read (and the records of an experiment's runs); nothing is run. The
    same folder gives the same bytes.

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
    for path in wanted:
        _write(page, path)
    return wanted


def _write(page: Page, to: Path) -> None:
    if to.suffix.lower() == ".html":
        _put(to, html(page, chart, chart_style(), _played))
        return
    text, files = markdown(page, _alone, f"{to.stem}_figures", _played)
    for name, made in files.items():
        path = to.with_name(f"{to.stem}_figures") / name
        _put(path, made)
        if name.endswith(".svg") and f"{path.stem}.html" not in files:
            with whole(path.with_suffix(".pdf")) as beside:
                write_chart(made, beside)
    _put(to, text)


def _put(to: Path, text: str) -> None:
    with whole(to) as beside:
        beside.write_text(text, encoding="utf-8", newline="\n")


def _played(record: Path, name: str) -> Player | str:
    """The run with this *record* as a poster and a player, or in words why there is none."""
    try:
        film = filmed(record)
        shapes, told = still(film, record)
    except VizError as error:
        return str(error)
    return player(film, svg(shapes, SIZE, film.title, told, name))


def _alone(drawing: Drawing, title: str) -> str:
    """A chart as a file of its own, with its style in it and a paper behind it."""
    drawn = chart(drawing, title)
    start = drawn.index(">", drawn.index("<svg")) + 1
    paper = '<rect width="100%" height="100%" fill="var(--paper)"/>'
    return f"{drawn[:start]}<style>{chart_style('.c')}</style>{paper}{drawn[start:]}\n"
