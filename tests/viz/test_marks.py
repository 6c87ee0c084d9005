"""Marks of one's own are seen in every kind of picture, for as long as they say, and in nothing else."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import payloads
import pytest
import samples
import society_viz
from society_viz import Along, At, Off, VizError, animate, look, mark, poster
from society_viz.film import Film
from society_viz.legends import line_rows
from society_viz.marking import draw, standing
from society_viz.stage import Stage
from society_viz.story import tell
from society_viz.view import beside, scene
from society_viz.view.track import Cursor, Track
from typer.testing import CliRunner

from society_sim import Scenario
from society_sim import run as carry_out
from society_sim.cli.commands import app

Run = Callable[..., Path]
RING, BADGE, ARROW = (look.marked(which)[0] for which in range(3))


pytestmark = pytest.mark.usefixtures("marks_of_the_package")


def registered() -> None:
    @mark
    def team(entry: Any, stage: Stage) -> Iterator[At]:
        """In a team."""
        yield from (At(seat, stays="run") for seat in entry["members"])

    @mark
    def fine(entry: Any, stage: Stage) -> Iterator[At | str]:
        """Fined by the court."""
        yield At(entry["member"], "§", stays="question")
        yield f"{stage.name(entry['member'])} is fined {entry['amount']}"

    @mark
    def appeal(entry: Any, stage: Stage) -> Along:
        """Appeals."""
        return Along(entry["member"], entry["to"])


def record() -> list[dict[str, Any]]:
    """Two questions: in the first 1 and 2 become a team, 2 is fined and appeals to 0; in the second nothing of it."""
    entries = samples.panel(questions=2, n=4)
    at = next(at for at, entry in enumerate(entries) if entry["kind"] == "outcome")
    about, t = entries[at]["about"], entries[at]["t"]
    new: list[dict[str, Any]] = [
        {"kind": "team", "members": [1, 2]}, {"kind": "fine", "member": 2, "amount": 5},
        {"kind": "appeal", "member": 2, "to": 0}]  # fmt: skip
    told = [{"t": t, "about": about, **entry} for entry in new]
    return [*entries[:at], *told, *entries[at:-1], {**entries[-1], "entries": len(entries) + len(told) - 1}]


def film(entries: list[dict[str, Any]]) -> Film:
    return tell(lambda: entries, 60)


def test_they_stay_as_long_as_they_say() -> None:
    registered()
    told = film(record())
    begins = [beat.poll for beat in told.beats].index(told.beats[-1].poll)
    fined = [at for at, beat in enumerate(told.beats) if any(sign for _, sign, _ in beat.badges)]
    teams = [at for at, beat in enumerate(told.beats) if any(not sign for _, sign, _ in beat.badges)]
    assert fined and fined[-1] < begins, "until the next question"
    assert teams and teams[-1] == len(told.beats) - 1 and not teams[0] > fined[0], "to the end"
    assert [beat.arrows for beat in told.beats if beat.arrows] == [((2, 0, 2),)], "as long as the moment"
    assert [(row, words) for row, words in line_rows(told) if row.startswith("mark:")] == [
        ("mark:0", "in a team"), ("mark:1", "fined by the court"), ("mark:2", "appeals")]  # fmt: skip


def test_captions_are_theirs_or_say_who_is_marked() -> None:
    registered()
    lines = [line for beat in film(record()).beats for line in beat.lines]
    named = {entry["member"]: entry["name"] for entry in record() if entry["kind"] == "member"}
    assert f"{named[2]} is fined 5." in lines
    assert f"In a team: {named[1]} and {named[2]}." in lines and f"Appeals: {named[2]} to {named[0]}." in lines
    assert not any("Fined by" in line or line.startswith(("Fine", "Team", "Appeal:")) for line in lines)
    mark._parts, mark._known = {}, None
    without = [line for beat in film(record()).beats for line in beat.lines]
    assert any(line.startswith("Fine: ") for line in without), "nobody knows it: its fields are told"


@pytest.mark.parametrize("made", ["poster.svg", "frames", "player.html"])
def test_every_kind_of_picture_has_them(made: str, run: Run, tmp_path: Path) -> None:
    registered()
    folder, to = run(record()), tmp_path / made
    if made.startswith("poster"):  # a moment in which nothing but the team is seen, or the fine as well
        shown = poster(folder, to).read_text(encoding="utf-8")
        assert RING in shown and "in a team" in shown
        return
    animate(folder, to)
    shown = "".join(file.read_text(encoding="utf-8") for file in ([to] if to.is_file() else sorted(to.iterdir())))
    for words in ("in a team", "fined by the court", "appeals"):
        assert words in shown
    if made == "frames":
        assert all(colour.casefold() in shown.casefold() for colour in (RING, BADGE, ARROW)) and "§" in shown


def test_the_page_has_them_too(run: Run) -> None:
    registered()
    track = Track(run(record()) / "record.jsonl")
    track.read()
    cursor, cast, seen = Cursor(track), scene.Cast(), []
    for at in [*range(len(track.moments)), *range(len(track.moments))[::-1]]:  # forwards, and back again
        stage = cursor.to(at)
        cast.drawn(stage)
        picture = scene.now(stage, cast)
        seen.append((picture["badges"], picture["arrows"]))
        legend = {label for *_, label in beside.side(stage, picture, scene.net(stage, cast))["marks"]}
        assert legend >= ({"in a team"} if picture["badges"] else set())
        assert ("appeals" in legend) == bool(picture["arrows"])
    assert seen[: len(seen) // 2] == seen[len(seen) // 2 :][::-1]
    assert [2, "§", 1] in [badge for badges, _ in seen for badge in badges] and any(arrows for _, arrows in seen)


def test_one_of_a_name_stands_at_a_member_and_can_be_taken_off() -> None:
    @mark
    def status(entry: Any, stage: Stage) -> Iterator[At | Off]:
        """Has a status."""
        yield At(entry["member"], entry["sign"], stays="run") if entry["sign"] else Off(entry["member"])

    stage = Stage(names={0: "Ann", 1: "Bo"})
    for member, sign in ((0, "a"), ("Bo", "b"), ("Ann", "c"), (7, "d"), (None, "e"), (1, "")):
        draw(stage, {"kind": "status", "member": member, "sign": sign})
    assert list(standing(stage)) == [("status", At(0, "c", "run"))]


def test_a_mark_that_fails_is_told_with_its_place(run: Run, tmp_path: Path) -> None:
    registered()
    entries = record()
    next(entry for entry in entries if entry["kind"] == "fine").pop("amount")
    with pytest.raises(VizError, match=r"test_marks\.py:\d+: the mark 'fine' fails at an entry 'fine'.*KeyError"):
        animate(run(entries), tmp_path / "a.html")


def test_a_misspelt_name_of_how_things_stand_is_told_with_the_nearest() -> None:
    @mark
    def slip(entry: Any, stage: Stage) -> Iterator[str]:
        """A slip."""
        yield stage.nams[0]  # type: ignore[attr-defined]

    with pytest.raises(VizError, match=r"no attribute 'nams'; did you mean 'names'\?"):
        draw(Stage(names={0: "Ann"}), {"kind": "slip"})


def test_hostile_words_are_words(run: Run, tmp_path: Path) -> None:
    @mark
    def shout(entry: Any, stage: Stage) -> Iterator[At | str]:
        yield At(entry["member"], entry["words"])
        yield entry["words"]

    entries = record()
    at = next(at for at, entry in enumerate(entries) if entry["kind"] == "outcome")
    said = {"t": entries[at]["t"], "kind": "shout", "member": 0}
    entries[at:at] = [{**said, "words": words} for words in payloads.SCRIPTS]
    page = animate(run(entries), tmp_path / "a.html").read_text(encoding="utf-8")
    data = re.search(r'<script[^>]*type="application/json"[^>]*>(.*?)</script>', page, re.DOTALL)
    assert data is not None and "<" not in data[1]


def test_code_that_a_scenario_brings_is_drawn_from_the_runs_folder_alone(tmp_path: Path) -> None:
    code = '''
from society_sim import Outcome, mechanism, plurality
from society_viz import At, mark


@mechanism
def tribunal(society, question):
    """Vote; the first member is heard as a witness."""
    votes = yield from society.ask_all(question.text, question.form)
    society.log("witness", member=society.members[0].id)
    return Outcome(plurality(votes.values()), votes)


@mark
def witness(entry, stage):
    """Heard as a witness."""
    yield At(entry["member"], "W")
'''
    (tmp_path / "tribunal.py").write_text(code)
    (tmp_path / "tribunal.yaml").write_text(
        "name: tribunal\nmodels: {m: {synthetic: {preset: helm-mid}}}\npopulation: {plain: {size: 4, model: m}}\n"
        "topology: flat\ntask: {multiple_choice: {rounds: 2}}\nmechanism: tribunal\n")
    folder = carry_out(Scenario.read(tmp_path / "tribunal.yaml"), out=tmp_path / "runs").folder
    mark._parts.pop("witness")
    mark._known = None
    from society_sim.scenario import sources

    sources._loaded.clear()  # as in another process
    assert "heard as a witness" in animate(folder, tmp_path / "a.html").read_text(encoding="utf-8")
    (folder / "scenario.py").write_text("from society_viz import nothing")
    mark._parts.pop("witness")
    mark._known = None
    with pytest.warns(UserWarning, match="marks that the scenario brings are not drawn.*scenario.py:1.*nothing"):
        drawn = animate(folder, tmp_path / "b.html")
    assert "Witness: " in drawn.read_text(encoding="utf-8"), "such code brings none"


def test_no_public_name_is_hidden_by_a_module() -> None:
    """`import society_viz.report` would put the module in the place of the function."""
    assert not {name for name in society_viz.__all__ if find_spec(f"society_viz.{name}")}


def test_the_command_line_lists_and_shows_them() -> None:
    for command in (["list", "marks"], ["show", "vote_handed_on"]):
        assert "Vote handed on." in CliRunner().invoke(app, command).output
    assert "accounts  panel" in CliRunner().invoke(app, ["show", "accounts"]).output
    assert "did you mean 'vote_handed_on'?" in CliRunner().invoke(app, ["show", "vote_handed_onn"]).output
