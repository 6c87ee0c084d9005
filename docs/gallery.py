"""The gallery: a page made from the shipped scenarios, with a picture of a run of each.

    python docs/gallery.py FOLDER [NAME ...]

writes FOLDER/gallery.md and FOLDER/gallery/NAME.svg: what a scenario asks, a poster of its run with seed 0, what to
expect, where it is from, and the commands. Pictures are made when the page is, and not kept beside it: so they show
what the scenarios do now. A minute or two on two cores.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

import society_viz

from society_sim import Scenario, run
from society_sim.scenario import sources
from society_sim.scenario.expected import Figure

MOST = 60
"""Questions of the run that is pictured, at most."""
HEAD = """\
# Gallery

{count} scenarios that come with the package. Each asks one question, and says what it came to: means over the seeds
that are named, on the synthetic model unless it says otherwise, so these are consequences of [the preset](synthetic.md)
and no findings about real models. `society-sim experiment NAME` looks again and tells which figures are as expected;
`society-sim run NAME --animate NAME.html` shows a run; `society-sim show NAME` is the scenario.
Pictures are posters of a run with seed 0 and at most {most} questions (`society-sim poster RUN --to FILE.svg`).

"""


def gallery(folder: Path, names: list[str] | None = None) -> Path:
    """Write the page of the scenarios *names* (all, if left out), and their pictures, into *folder*; gives the page."""
    known = sources.known()
    wanted = names or list(known)
    pictures = folder / "gallery"
    pictures.mkdir(parents=True, exist_ok=True)
    parts = [HEAD.format(count=len(wanted), most=MOST)]
    scenarios = {name: Scenario.read(sources.find(name)) for name in wanted}
    parts += [f"- [{name}](#{name}): {_first(scenario.about)}\n" for name, scenario in scenarios.items()]
    for name, scenario in scenarios.items():
        picture(scenario, pictures / f"{name}.svg")
        parts.append(section(name, scenario))
    page = folder / "gallery.md"
    page.write_text("".join(parts), encoding="utf-8", newline="\n")
    return page


def picture(scenario: Scenario, to: Path) -> None:
    """A poster of the run of *scenario* with seed 0, in the file *to*."""
    part, given = scenario.part("task")
    most = part.parameters["rounds"].default if "rounds" in part.parameters else MOST
    short = "rounds" in part.parameters and (given.get("rounds", most) or MOST + 1) > MOST and "questions" not in given
    with tempfile.TemporaryDirectory() as folder:
        result = run(scenario.set("task.rounds", MOST) if short else scenario, out=folder)
        if result.folder is None:
            raise RuntimeError(f"{scenario.name} left no record")
        society_viz.poster(result.folder, to)


def section(name: str, scenario: Scenario) -> str:
    """What the page says of *scenario*."""
    lines = ["", f"## {name}", "", f"![A run of {name}: who is there, who spoke to whom, and what came of it]"
             f"(gallery/{name}.svg)", "", scenario.about.strip(), ""]  # fmt: skip
    if expect := scenario.expect:
        lines += [f"**What to expect.** {expect.says.strip()}", ""]
        if expect.figures:
            seeds = "seed 0" if expect.seeds == 1 else f"means over seeds 0 to {expect.seeds - 1}"
            lines += [f"| {seeds} | of | between |", "|---|---|---|", *map(_row, expect.figures), ""]
    if scenario.source:
        lines += [f"**Source.** {scenario.source.strip()}", ""]
    command = "experiment" if "arms" in scenario.sections or "grid" in scenario.sections else "run"
    return "\n".join([*lines, "```sh", f"society-sim {command} {name}", "```", ""])


def _row(figure: Figure) -> str:
    where = f"{figure.arm} less {figure.less}" if figure.less else figure.arm or ""
    at = ", ".join(filter(None, [where, *(f"{axis} {level}" for axis, level in figure.at.items())]))
    low, high = figure.between
    between = f"{low:g}" if low == high else f"{low:g} and {high:g}"
    return f"| `{figure.measure}` | {at} | {between} |"


def _first(about: str) -> str:
    """The first sentence of *about*."""
    for at, letter in enumerate(about):
        if letter in ".?" and about[at + 1 : at + 2] in ("", " ", "\n") and at > 20:
            return about[: at + 1].replace("\n", " ")
    return about.strip().replace("\n", " ")


if __name__ == "__main__":
    if len(sys.argv) < 2:
        raise SystemExit("say where to: python docs/gallery.py FOLDER [NAME ...]")
    sys.stdout.write(f"{gallery(Path(sys.argv[1]), sys.argv[2:])}\n")
