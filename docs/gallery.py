"""The gallery: pages made from the shipped scenarios, with a picture of a run of each.

    python docs/gallery.py FOLDER [NAME ...]

writes FOLDER/gallery.md and FOLDER/gallery/NAME.svg: what a scenario asks, a poster of its run with seed 0, what to
expect, where it is from, and the commands. The documentation site has the same with a page for each. Pictures are made
when the pages are, and not kept beside them: so they show what the scenarios do now. Half a minute of processor time.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Iterable, Mapping
from pathlib import Path

import society_viz

from society_sim import Scenario, run
from society_sim.scenario import sources
from society_sim.scenario.expected import Figure

MOST = 60
"""Questions of the run that is pictured, at most."""
SUBJECTS: Mapping[str, tuple[str, ...]] = {
    "Organisations": (
        "hierarchy_against_flat", "faults_by_position", "news_in_organisations", "self_made_hierarchy",
        "contract_net_against_hierarchy", "busy_boss", "attack_and_failure", "promoted_by_record", "task_forces",
        "whom_to_ask", "how_ties_form",
    ),
    "Votes": (
        "second_look", "committees_of_committees", "votes_of_votes", "five_rules", "choosing_a_council",
        "galtons_ox", "liquid_democracy",
    ),
    "Deliberation": (
        "judge_and_jury", "before_the_vote", "three_debates", "debate_martingale", "delphi_panel",
        "information_cascade", "diverse_searchers",
    ),
    "News and opinions": (
        "gossip_rounds", "whispers", "falsehood_contagion", "opinion_clusters", "chance_meetings",
        "persuade_or_part", "echo_chambers", "karate_club", "southern_women",
    ),
    "Markets and money": (
        "double_auction", "one_call_or_many", "four_auctions", "a_fixed_price", "more_bidders_less_money",
        "one_job_at_a_time", "choosing_schools", "public_project", "dividing_a_budget", "buying_answers",
        "cheap_first",
    ),
    "Votes against markets": (
        "voting_against_market", "market_flip", "market_persuasion", "pooled_forecasts", "markets_for_answers",
        "paid_for_agreeing",
    ),
    "Governments after real elections": (
        "government_bundestag_2021", "government_denmark_2022", "government_estonia_2019", "government_finland_2019",
        "government_netherlands_2010", "government_norway_2021", "government_sweden_2018", "government_uk_2019",
    ),
    "Answers of real models": ("model_panel", "recorded_models", "recorded_market"),
}  # fmt: skip
"""Subject -> the scenarios on it, the plainest first; those that no subject names are shown last."""
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
    by_subject = grouped(names or sources.known())
    scenarios = {name: read(name) for wanted in by_subject.values() for name in wanted}
    pictures = folder / "gallery"
    pictures.mkdir(parents=True, exist_ok=True)
    parts = [HEAD.format(count=len(scenarios), most=MOST)]
    parts += [f"- {subject}: {', '.join(f'[{name}](#{name})' for name in wanted)}\n"
              for subject, wanted in by_subject.items()]  # fmt: skip
    for name, scenario in scenarios.items():
        picture(scenario, pictures / f"{name}.svg")
        parts.append(f"\n## {name}\n\n{section(name, scenario, 'gallery')}")
    page = folder / "gallery.md"
    page.write_text("".join(parts), encoding="utf-8", newline="\n")
    return page


def grouped(names: Iterable[str]) -> Mapping[str, list[str]]:
    """Subject -> those of *names* that are on it."""
    wanted = set(names)
    found = {subject: [name for name in named if name in wanted] for subject, named in SUBJECTS.items()}
    found["Others"] = sorted(wanted.difference(*SUBJECTS.values()))
    return {subject: named for subject, named in found.items() if named}


def read(name: str) -> Scenario:
    """The shipped scenario *name*."""
    return Scenario.read(sources.find(name))


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


def section(name: str, scenario: Scenario, pictures: str) -> str:
    """What a page says of *scenario*; its picture is in the folder *pictures*."""
    lines = [f"![A run of {name}: who is there, who spoke to whom, and what came of it]"
             f"({pictures}/{name}.svg)", "", scenario.about.strip(), ""]  # fmt: skip
    if expect := scenario.expect:
        lines += [f"**What to expect.** {expect.says.strip()}", ""]
        if expect.figures:
            seeds = "seed 0" if expect.seeds == 1 else f"means over seeds 0 to {expect.seeds - 1}"
            lines += [f"| {seeds} | of | between |", "|---|---|---|", *map(_row, expect.figures), ""]
    if scenario.source:
        lines += [f"**Source.** {scenario.source.strip()}", ""]
    return "\n".join([*lines, "```sh", f"society-sim {command(scenario)} {name}", "```", ""])


def command(scenario: Scenario) -> str:
    """The command that shows what *scenario* is about: `experiment` where it varies something, else `run`."""
    return "experiment" if "arms" in scenario.sections or "grid" in scenario.sections else "run"


def first(about: str) -> str:
    """The first sentence of *about*."""
    for at, letter in enumerate(about):
        if letter in ".?" and about[at + 1 : at + 2] in ("", " ", "\n") and at > 20:
            return about[: at + 1].replace("\n", " ")
    return about.strip().replace("\n", " ")


def _row(figure: Figure) -> str:
    where = f"{figure.arm} less {figure.less}" if figure.less else figure.arm or ""
    at = ", ".join(filter(None, [where, *(f"{axis} {level}" for axis, level in figure.at.items())]))
    low, high = figure.between
    between = f"{low:g}" if low == high else f"{low:g} and {high:g}"
    return f"| `{figure.measure}` | {at} | {between} |"


if __name__ == "__main__":
    if len(sys.argv) < 2:
        raise SystemExit("say where to: python docs/gallery.py FOLDER [NAME ...]")
    sys.stdout.write(f"{gallery(Path(sys.argv[1]), sys.argv[2:])}\n")
