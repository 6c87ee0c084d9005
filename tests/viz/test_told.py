"""Pictures tell what a run asks, who bids what and gets what, and what each decided: of runs as they are."""

from __future__ import annotations

import re
from collections import Counter
from functools import cache, partial
from math import hypot
from pathlib import Path
from typing import Any

import pytest
import samples
from society_viz import animate, look, poster
from society_viz.answering import answered
from society_viz.film import NONE, Film
from society_viz.geometry import lines
from society_viz.legends import line_rows
from society_viz.reading import Entry, entries, find_record
from society_viz.setting import NO_SETTING, setting
from society_viz.sheet import captioned
from society_viz.story import tell
from society_viz.survey import in_turn
from society_viz.words import number

from society_sim import Scenario, run

_UNDER = Path(__file__).parents[2] / "scenarios"


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """Runs a scenario with changes, once, and gives its folder, its entries and its film."""
    out = tmp_path_factory.mktemp("runs")

    @cache
    def made(name: str, *sets: str) -> tuple[Path, list[Entry], Film]:
        folder = run(Scenario.read(name, list(sets)), out=out).folder
        assert folder is not None
        record = find_record(folder)
        return folder, list(entries(record)), tell(partial(entries, record), 60, setting(record))

    return made


def test_what_a_run_asks_is_in_its_first_picture_and_on_its_poster(told: Any, tmp_path: Path) -> None:
    folder, _, film = told("karate_club", "mechanism.rounds=2")
    animate(folder, tmp_path / "frames")
    poster(folder, tmp_path / "it.svg")
    first, still = (path.read_text() for path in (tmp_path / "frames" / "0001.svg", tmp_path / "it.svg"))
    assert all(word in first and word in still for word in film.setting.about.split()[:12])
    assert "opinion rounds" in first and "karate_club_ties.csv" in first
    assert str(_UNDER) not in first + still  # where files lie is nobody's business
    assert "What is asked" not in (tmp_path / "frames" / "0002.svg").read_text()


@pytest.mark.parametrize("text", ["", "[", "about: [1, 2]\ntask: 7", "a: &a [*a]", "name: x\n" * 200_000])
def test_a_scenario_that_cannot_be_read_is_as_good_as_none(text: str, tmp_path: Path) -> None:
    (tmp_path / "scenario.yaml").write_text(text)
    assert setting(tmp_path / "record.jsonl") == NO_SETTING


def test_bids_for_bundles_and_what_they_win_are_seen(told: Any) -> None:
    _, record, film = told("more_bidders_less_money")
    last, poll = film.beats[-1], film.polls[-1]
    bids = {entry["member"]: entry["value"] for entry in record if entry["kind"] == "answer"}
    for seat, offers in bids.items():
        best = poll.keys[last.fills[seat]].label
        assert offers[best] == max(offers.values()) == float(last.marks[seat])
    gets = next(entry["gets"] for entry in record if entry["kind"] == "outcome")
    assert dict(last.won) == {int(seat): what for seat, what in gets.items()}
    assert all(what in last.decision for what in gets.values())
    assert ("won", "gets what is written there") in line_rows(film)


def test_bids_for_jobs_are_seen_and_who_gets_them(told: Any) -> None:
    _, record, film = told("one_job_at_a_time", "task.rounds=2")
    seen = {(place, what) for beat in film.beats for place, words in beat.won for what in words.split(", ")}
    awards = [(entry["member"], f"job {entry['job'] + 1}") for entry in record if entry["kind"] == "award"]
    assert awards and set(awards) <= seen
    shown = Counter(key.label for poll in film.polls if poll.heading == "Bids" for key in poll.keys)
    assert shown and all(beat.fills[0] == NONE for beat in film.beats)  # the manager bids for nothing
    assert len([poll for poll in film.polls if poll.heading == "Bids"]) == len(awards)  # each job has bids of its own


def test_answers_given_before_bids_are_there_again_after_them() -> None:
    start = samples.opening("tries", ["Ann", "Bob", "Cy"], samples.everyone(3))
    record = samples.closing([
        *start, {"t": 0, "kind": "question", "about": "q", "text": "Which?", "options": ["A", "B"]},
        *(samples.answer(1, "q", seat, "A") for seat in range(3)),
        *(samples.answer(2, "q", seat, 5.0 + seat, purpose="bid") for seat in range(3)),
        samples.answer(3, "q", 2, "B"),
        {"t": 3, "kind": "outcome", "about": "q", "decision": "A"},
    ])  # fmt: skip
    film = tell(lambda: iter(record), 60)
    assert [film.polls[-1].keys[fill].label for fill in film.beats[-1].fills] == ["A", "A", "B"]
    assert ["5", "6", "7"] in [list(beat.marks) for beat in film.beats]


@pytest.mark.parametrize(("value", "label"), [
    (["B", "A", "C"], "B"), ({"ranking": ["C", "A"]}, "C"), ({"approved": ["A"]}, "A"),
    ({"approved": []}, "none of them"), ({"scores": {"A": 1, "C": 4.5}}, "C"), ({"votes": {"A": -2.0, "B": 1}}, "B"),
    ({"chances": {"A": 70, "B": 30}}, "A"), ({"answer": "A", "scores": {"B": 9}}, "A"),
    ({"north": 3.0}, ""), ({"scores": {}}, ""), ({"ranking": []}, ""),
])  # fmt: skip
def test_a_ballot_comes_down_to_what_it_puts_first(value: Any, label: str) -> None:
    assert answered({"kind": "answer", "value": value})[0] == label


def test_answers_keep_their_colours_from_question_to_question(told: Any) -> None:
    _, _, film = told("a_fixed_price", "task.rounds=6")
    colours = {(key.label, key.colour, key.letter) for poll in film.polls for key in poll.keys}
    assert {label for label, _, _ in colours} == {"take", "leave"} and len(colours) == 2


def test_questions_that_overlap_are_told_one_after_another(told: Any) -> None:
    _, record, film = told("second_look", "at_once=3", "task.rounds=5", "population.size=5")
    texts = {entry["about"]: entry["text"] for entry in record if entry["kind"] == "question"}
    decided = {texts[entry["about"]]: entry["decision"] for entry in record if entry["kind"] == "outcome"}
    assert [poll.text for poll in film.polls if poll.text] == list(texts.values())
    for beat in film.beats:
        if beat.decision:
            assert beat.decision == decided[film.polls[beat.poll].text]
    apart = list(in_turn(record))
    assert sorted(map(repr, apart)) == sorted(map(repr, record)) and apart != record
    for about in texts:
        own = [entry for entry in record if entry.get("about") == about]
        first, last = apart.index(own[0]), apart.index(own[-1])
        assert [entry for entry in apart[first : last + 1] if "about" in entry] == own
    assert any("on the table at once" in line for line in film.beats[0].lines)


def test_committees_are_groups_that_say_what_they_decided(told: Any) -> None:
    _, record, film = told("committees_of_committees", "task.rounds=2", "population.size=12")
    outcomes = [entry for entry in record if entry["kind"] == "outcome"]
    [form] = film.forms  # they sit so from the beginning
    assert [region.community for region in form.regions] == ["0", "1", "2", "3"]
    for group, region in zip(outcomes[0]["groups"], form.regions, strict=True):
        for seat in group["seats"]:
            place = form.places[seat]
            assert hypot(place.x - region.x, place.y - region.y) + place.r <= region.size
    for outcome in outcomes:
        decided = tuple((str(one["group"]), one["decision"]) for one in outcome["groups"])
        assert decided in {beat.settled for beat in film.beats}
    steps = [line for beat in film.beats for line in beat.lines if "; above them" in line]
    assert len(steps) >= len(outcomes) and "in 4 committees" in film.beats[0].lines[0]


def test_committees_that_cross_communities_say_nothing_at_these(told: Any) -> None:
    crossing = told("committees_of_committees", "task.rounds=1", "population.size=12", "topology=federated",
                    "topology.communities=3", "mechanism.size=3")  # fmt: skip
    same = told("committees_of_committees", "task.rounds=1", "population.size=12", "topology=federated",
                "topology.communities=3", "mechanism.by=community")  # fmt: skip
    for (_, record, film), shown in ((crossing, False), (same, True)):
        [outcome] = [entry for entry in record if entry["kind"] == "outcome"]
        assert [region.label for region in film.forms[0].regions] == [f"community {one}" for one in (1, 2, 3)]
        decided = tuple((str(one["group"]), one["decision"]) for one in outcome["groups"])
        assert film.beats[-1].settled == (decided if shown else ())


def test_votes_that_are_handed_on_are_no_messages(told: Any, tmp_path: Path) -> None:
    folder, record, film = told("liquid_democracy", "task.rounds=3", "population.size=9")
    names = {entry["name"]: entry["member"] for entry in record if entry["kind"] == "member"}
    texts = {entry["about"]: entry["text"] for entry in record if entry["kind"] == "question"}
    for about, text in texts.items():
        given = {entry["member"]: entry["value"]["delegate"] for entry in record
                 if entry["kind"] == "answer" and entry["about"] == about and entry["value"]}  # fmt: skip
        handed = tuple(sorted((seat, names[to], 0) for seat, to in given.items() if to in names))
        beats = [beat for beat in film.beats if film.polls[beat.poll].text == text]
        assert handed and beats[0].arrows == () and beats[-1].arrows == handed
        assert not any(beat.flows for beat in beats)
    assert ("mark:0", "vote handed on") in line_rows(film)
    assert any(line.startswith("Vote handed on: ") for beat in film.beats for line in beat.lines)
    drawn = poster(folder, tmp_path / "p.svg").read_text(encoding="utf-8")
    shown = next(beat for beat in reversed(film.beats) if beat.arrows)
    assert drawn.count(f'stroke="{look.marked(0)[0]}"') >= len(shown.arrows)


def test_questions_in_turn_stay_as_they_are() -> None:
    record = samples.panel()
    assert list(in_turn(record)) == record


@pytest.mark.parametrize("members", [12, 13, 40])
def test_ties_between_all_are_said_and_not_drawn_where_they_would_be_a_web(members: int) -> None:
    names = [f"M {seat}" for seat in range(members)]
    record = samples.closing(samples.opening("all", names, samples.everyone(members)))
    film = tell(lambda: iter(record), 10)
    web = members > 12
    assert bool(lines(film)) is not web
    assert any("each may speak to each" in label for _, label in line_rows(film)) is web
    assert any(kind.startswith("tie:") for kind, _ in line_rows(film)) is not web


def test_members_are_called_as_the_graph_calls_them(told: Any) -> None:
    _, record, film = told("southern_women", "task.rounds=1", "mechanism.rounds=1")
    nodes = next(entry["nodes"] for entry in record if entry["kind"] == "graph")
    assert [node.name for node in film.nodes] == [own["name"] for own in nodes.values()]
    shown = {place.label.rstrip("…") for place in film.forms[0].places}
    assert all(any(name.startswith(label) for label in shown if label) for name in (node.name for node in film.nodes))


def test_communities_say_what_they_decided(told: Any, tmp_path: Path) -> None:
    folder, record, film = told("votes_of_votes", "task.rounds=2")
    *_, outcome = (entry for entry in record if entry["kind"] == "outcome")
    assert dict(film.beats[-1].settled) == outcome["communities"]
    poster(folder, tmp_path / "it.svg")
    written = re.findall(r"community (\d): (\w)", (tmp_path / "it.svg").read_text())
    assert len(written) == 3


def test_payments_are_told_in_coins(told: Any) -> None:
    _, _, film = told("dividing_a_budget")
    words = "\n".join(line for beat in film.beats for line in beat.lines)
    assert "The treasury pays Member 0 50 coins (share)." in words and "50,000,000" not in words
    assert dict(film.beats[-1].won) == {0: "+50", 1: "+75", 2: "+75"}


def test_the_end_says_how_it_came_out_where_nobody_knows_what_is_right(told: Any) -> None:
    _, record, film = told("four_auctions", "task.rounds=3")
    paid = [entry["revenue"] for entry in record if entry["kind"] == "outcome"]
    assert f"revenue {sum(paid) / len(paid):.3g}" in " ".join(film.beats[-1].lines)


@pytest.mark.parametrize(
    "said", [["One."], ["One.", "Two " * 90], ["A b c."] * 9, ["W" * 400, "x"], ["long " * 30] * 2, ["Two " * 150],
             ["Two " * 300], ["Two " * 60, "A b c."] * 2]
)  # fmt: skip
def test_a_caption_has_room_and_loses_nothing_that_finds_some(said: list[str]) -> None:
    shown, size = captioned(said)
    assert 1 <= len(shown) <= size.rows and size.rows * size.apart <= 66
    if not any("…" in line or "more)" in line for line in shown):
        assert "".join(shown).replace(" ", "").replace("·", "") == "".join(said).replace(" ", "")


@pytest.mark.parametrize("country", ["bundestag_2021", "denmark_2022"])
def test_the_end_of_a_formation_says_all_that_came_of_it(country: str, told: Any) -> None:
    _, record, film = told(f"government_{country}")
    [outcome] = [entry for entry in record if entry["kind"] == "outcome"]
    shown, _ = captioned(film.beats[-1].lines)
    said = " ".join(shown)
    assert "…" not in said and "more)" not in said
    for name, value in outcome.items():
        if name in ("t", "kind", "about", "decision", "gold", "correct", "likeness"):
            continue
        assert f"{name.replace('_', ' ')}: " in said
        if isinstance(value, dict):
            assert all(f"{str(key).replace('_', ' ')} {number(part)}" in said for key, part in value.items())


def test_a_poster_explains_the_marks_that_are_on_it_and_no_others(told: Any, tmp_path: Path) -> None:
    told_of: dict[str, tuple[set[str], set[str]]] = {
        "more_bidders_less_money": ({"gets what is written there", "tie: talk"}, {"message", "sale", "in government"}),
        "government_uk_2019": ({"in government", "as it was in fact", "326 of 650 seats are a majority"},
                               {"message", "settled rightly", "on offer"}),
    }  # fmt: skip
    for name, (there, absent) in told_of.items():
        folder, _, _ = told(name)
        poster(folder, tmp_path / f"{name}.svg")
        words = set(re.findall(r">([^<>]+)</text>", (tmp_path / f"{name}.svg").read_text()))
        assert there <= words and not absent & words
