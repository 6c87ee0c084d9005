"""From records to films: who sits where, what is shown, what is said."""

import random
from collections.abc import Iterable
from math import hypot
from typing import Any

import pytest
import samples
from society_viz.film import ABSTAINED, HEIGHT, NONE, REFUSED, SAW, WIDTH, Film
from society_viz.labels import SIZE
from society_viz.story import tell
from society_viz.survey import plan, survey
from society_viz.writing import width

Entry = dict[str, Any]


def film(entries: list[Entry], seconds: float = 30) -> Film:
    return tell(lambda: iter(entries), seconds)


def said(shown: Film) -> str:
    return "\n".join(line for beat in shown.beats for line in beat.lines)


@pytest.mark.parametrize("name", samples.ALL)
def test_everybody_is_in_the_picture_and_nobody_overlaps(name: str) -> None:
    for form in film(samples.ALL[name]()).forms:
        for at, one in enumerate(form.places):
            assert 0 <= one.x - one.r < one.x + one.r <= WIDTH
            assert 0 <= one.y - one.r < one.y + one.r <= HEIGHT
            for other in form.places[at + 1 :]:
                assert hypot(one.x - other.x, one.y - other.y) > one.r + other.r
        boxes = []
        for place in form.places:
            wide = width(place.label, SIZE)
            left = place.lx - {"start": 0, "middle": wide / 2, "end": wide}[place.anchor]
            assert not place.label or (left >= 0 and left + wide <= WIDTH)
            boxes.append((left, place.ly - 6, left + wide, place.ly + 6))
        for at, a in enumerate(boxes):
            for b in boxes[at + 1 :]:
                assert a[2] <= b[0] or b[2] <= a[0] or a[3] <= b[1] or b[3] <= a[1]


def test_positions_stay_while_ties_change_and_newcomers_sit_among_their_neighbours() -> None:
    entries = samples.rewiring()
    rewired = film(entries)
    still = film([e for e in entries if e["kind"] not in ("link", "unlink") and e.get("member", 0) < 24])
    assert len(rewired.forms) == 1
    places = rewired.forms[0].places
    assert len(places) == 26
    assert [(place.x, place.y) for place in still.forms[0].places] == [(place.x, place.y) for place in places[:24]]
    assert rewired.nodes[24].since > 0
    near = [places[seat] for seat in (2, 3, 4)]
    x, y = sum(place.x for place in near) / 3, sum(place.y for place in near) / 3
    assert hypot(places[24].x - x, places[24].y - y) < 90
    assert all(len(beat.fills) == 26 for beat in rewired.beats)
    assert any(tie.first for tie in rewired.ties)
    assert any(tie.last < len(rewired.beats) for tie in rewired.ties)


def test_shapes_follow_who_may_speak_to_whom() -> None:
    tree, clusters, house = (film(samples.ALL[name]()) for name in ("hierarchy", "federation", "formation"))
    assert [region.label for region in tree.forms[0].regions] == ["level 0", "level 1", "level 2"]
    assert len({place.y for place in tree.forms[0].places}) == 3
    assert all(len(shown.forms) == 1 for shown in (tree, clusters, house))
    assert [region.label for region in clusters.forms[0].regions] == [f"community {c}" for c in (1, 2, 3, 4)]
    assert house.seats is not None
    assert (house.seats.total, house.seats.majority) == (736, 369)
    seated = dict(zip((node.name for node in house.nodes), house.forms[0].places, strict=True))
    assert sorted(seated, key=lambda name: seated[name].x) == [
        name for name, _, _ in sorted(samples.PARTIES, key=lambda party: party[2])
    ]
    assert seated["SPD"].r / seated["AfD"].r == pytest.approx((206 / 83) ** 0.5, rel=0.02)


@pytest.mark.parametrize("n", [1, 2, 3, 13, 44, 45, 150, 500])
def test_societies_of_any_size_find_their_places(n: int) -> None:
    luck = random.Random(n)
    ties = [(u, luck.randrange(n), "talk") for u in range(n) for _ in range(3)]
    entries = samples.opening("any", [f"M{u}" for u in range(n)], [tie for tie in ties if tie[0] != tie[1]])
    shown = film(samples.closing(entries))
    assert len(shown.nodes) == n
    assert len({(place.x, place.y) for place in shown.forms[0].places}) == n


def test_ballots_changes_and_abstentions_are_told() -> None:
    entries = samples.opening("x", ["Ann", "Bo", "Cy", "Di"], samples.everyone(4))
    entries.append({"t": 0, "kind": "question", "about": "q", "text": "Shall we?", "options": ["yes", "no"]})
    for seat, value in enumerate(["yes", "no", None, "yes"]):
        more = {} if value else {"reason": "timed out"}
        entries.append(samples.answer(1, "q", seat, value, **more))
    entries.append(samples.answer(2, "q", 1, {"value": "yes", "confidence": 0.8}, 1, saw=[0, 3]))
    entries.append({"t": 2, "kind": "outcome", "about": "q", "decision": "yes", "gold": "no", "correct": False})
    shown = film(samples.closing(entries))
    words = said(shown)
    assert "4 answer: yes 2, no 1; 1 abstains (timed out)." in words
    assert "Bo turns from no to yes (80%)." in words
    assert "That is wrong: right would have been no." in words
    polled, again = shown.beats[2], shown.beats[3]
    assert polled.fills == (0, 1, ABSTAINED, 0)
    assert shown.beats[1].fills == (NONE,) * 4
    assert again.flows == ((0, 1, SAW), (3, 1, SAW))
    assert [key.letter for key in shown.polls[1].keys] == ["Y", "N"]
    assert shown.beats[4].right is False


def test_reports_are_shown_level_after_level_and_refusals_marked() -> None:
    shown = film(samples.hierarchy())
    talk = [{(u, v) for u, v, what in beat.flows if what != REFUSED} for beat in shown.beats]
    up = next(at for at, ties in enumerate(talk) if (4, 1) in ties)
    assert (1, 0) in talk[up + 1]
    assert (1, 0) not in talk[up]
    assert any(what == REFUSED for beat in shown.beats for _, _, what in beat.flows)
    assert "Refused: S. Ito may not speak to Director (no tie)." in said(shown)
    assert "1 silence where something could have been said." in said(shown)


def test_a_government_is_formed_in_words() -> None:
    shown = film(samples.formation())
    words = said(shown)
    assert "CDU/CSU is asked to form a government." in words
    assert "SPD proposes SPD+Greens+FDP (416 seats) - progress needs all three." in words
    assert "Policy: left-right 4.1, state-market 5. Ministries: SPD 5, Greens 5, FDP 5." in words
    refined = "FDP: refine - the debt brake must stay as the constitution has it (would sign left-right 4.8)."
    assert refined in words
    assert "SPD now proposes" in words
    assert "CDU/CSU fails - gave up." in words
    assert "The government of SPD, Greens and FDP is invested (yes 416, no 319, abstain 1)." in words
    assert "Formation 1" not in words  # what is told once, as a proposal, is not told again as a message
    offer = next(beat for beat in shown.beats if beat.lines[0].startswith("SPD proposes"))
    assert (offer.proposed, offer.chair, offer.governing) == ((1, 2, 4), 1, ())
    assert {(u, v) for u, v, _ in offer.flows} == {(1, 2), (1, 4)}
    assert shown.beats[-1].governing == (1, 2, 4)
    replies = next(beat for beat in shown.beats if refined in beat.lines)
    assert replies.lines[0] == "Greens: support - the climate fund is in it."
    assert {key.label: key.letter for key in shown.polls[replies.poll].keys}["refine"] == "~"
    assert {key.label for key in shown.polls[shown.beats[-1].poll].keys} == {"yes", "no", "abstain"}


def test_history_is_not_called_right_or_wrong() -> None:
    entries = samples.formation()
    beside = {"gold": ["SPD", "Greens"], "correct": False, "likeness": 0.5}
    shown = film([entry | beside if entry["kind"] == "outcome" else entry for entry in entries])
    assert "In fact it was SPD, Greens (likeness 0.5)." in said(shown)
    assert "wrong" not in said(shown)
    assert all(beat.right is None for beat in shown.beats)


def test_kinds_that_nobody_knows_are_captions() -> None:
    entries = samples.opening("x", ["Ann", "Bo"], samples.everyone(2))
    entries.append({"t": 1, "kind": "trade", "buyer": 0, "seller": 1, "price": 2.5, "lots": [1, 2]})
    entries.append({"t": 2, "kind": "proposal", "shape": "of another mechanism"})
    entries.append({"t": 3, "kind": "", "x": {"deep": {"deeper": [[[[1]]]]}}})
    shown = film(samples.closing(entries))
    assert "Trade: buyer Ann; seller Bo; price 2.5; lots 1, 2." in said(shown)
    assert "Proposal: shape of another mechanism." in said(shown)
    assert shown.beats[1].active == (0, 1)


def test_a_long_run_is_sampled_and_says_so() -> None:
    entries = samples.panel(900, 4, paced=False)
    shown = film(entries)
    assert sum(beat.seconds for beat in shown.beats) < 90
    assert len(shown.beats) < 80
    chosen = plan(survey(entries), 27).shown
    assert f"Showing {chosen} of 900 questions." in said(shown)
    assert "Question 1 of 900" in said(shown)
    assert "Question 900 of 900" in said(shown)
    outcomes = [e for e in entries if e["kind"] == "outcome"]
    assert f"Right: {sum(e['correct'] for e in outcomes)} of 900" in said(shown)
    assert len(film(entries, 900).beats) > 5 * len(shown.beats)


@pytest.mark.slow
def test_one_long_question_is_merged() -> None:
    entries = samples.panel(1, 300)
    shown = film(entries)
    assert len(shown.beats) < 60
    assert shown.beats[-1].fills.count(NONE) == 0


def test_ties_that_change_out_of_sight_are_summed_up() -> None:
    shown = film(samples.rewiring(rounds=120), 30)
    assert "Since then:" in said(shown)


def test_numbers_are_shaded_and_written_on_the_members() -> None:
    shown = film(samples.federation())
    keys = shown.polls[1].keys
    assert len(keys) == 5
    last = shown.beats[-1]
    assert all(mark.isdigit() for mark in last.marks)
    assert "answer, having seen others: 26 to 51, median 36." in said(shown)


def test_a_run_broken_off_says_so() -> None:
    assert "The record stops here: the run was broken off." in said(film(samples.panel()[:-9]))
    assert "broken off" not in said(film(samples.panel()))


def test_a_record_of_nothing_is_one_scene() -> None:
    only = film([samples.panel()[0]])
    assert only.nodes == ()
    assert said(only).startswith("0 members")


def test_watermarks_are_told() -> None:
    assert "Synthetic: a consequence of the preset" in film(samples.panel()).provenance
    entries = samples.panel()
    entries[0]["models"] = {"panel": "gpt"}
    assert "Synthetic" not in film(entries).provenance
    assert "seed 7" in film(entries).provenance


def _mangled(luck: random.Random, entries: Iterable[Entry]) -> list[Entry]:
    odd: list[Any] = [None, -1, 10**30, 1e308, "x", "", [], {}, [[]], {"a": None}, True, "7", [None, 3], "\ud7ff\x00"]
    made = []
    for entry in entries:
        changed = dict(entry)
        for key in entry:
            if key != "kind" and luck.random() < 0.25:
                if luck.random() < 0.3:
                    del changed[key]
                else:
                    changed[key] = luck.choice(odd)
        made.append(changed)
    return made


@pytest.mark.parametrize("name", samples.ALL)
def test_odd_fields_never_break_a_film(name: str) -> None:
    for seed in range(12):
        luck = random.Random(seed)
        head, *rest = samples.ALL[name]()
        film([head, *_mangled(luck, rest)])


def test_weights_of_votes_are_no_seats_in_a_parliament() -> None:
    ties = [(0, low, "command") for low in (1, 2, 3)]
    traits = {seat: {"weight": 1.5 + seat} for seat in range(4)}
    shown = film(samples.closing(samples.opening("panel", ["A", "B", "C", "D"], ties, traits=traits)))
    assert shown.seats is None
    assert [region.label for region in shown.forms[0].regions] == ["level 0", "level 1"]
