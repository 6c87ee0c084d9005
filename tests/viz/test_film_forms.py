"""A society that takes another form is seen to take it: places are those of the beat, in every picture."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import samples
from hypothesis import given, settings
from hypothesis import strategies as st
from society_viz import canvas, look, trees
from society_viz.film import Film
from society_viz.furniture import LEFT, TOP
from society_viz.story import tell
from society_viz.survey import plan, survey

Entry = dict[str, Any]


def film(entries: list[Entry], seconds: float = 900) -> Film:
    return tell(lambda: iter(entries), seconds)


def spots(shown: Film, form: int) -> list[tuple[float, float]]:
    return [(place.x, place.y) for place in shown.forms[form].places]


def test_the_crowd_becomes_a_tree() -> None:
    entries = samples.growing()
    grown, flat = film(entries), film([e for e in entries if e["kind"] not in ("link", "unlink")])
    assert len(flat.forms) == 1
    assert grown.forms[0] == flat.forms[0]
    assert [form.first for form in grown.forms] == sorted({form.first for form in grown.forms})
    for form in grown.forms[1:]:
        assert grown.beats[form.first].rewired
        there = [tie for tie in grown.ties if tie.first <= form.first < tie.last and tie.kind == "report"]
        for tie in there:
            assert form.places[tie.target].y < form.places[tie.source].y - 30
        outside = [
            place.y for at, place in enumerate(form.places) if all(at not in (t.source, t.target) for t in there)
        ]
        assert min(outside, default=440) > max(form.places[tie.source].y for tie in there)
    assert [len(form.regions) for form in grown.forms] == [0, 2, 3, 3, 3]
    levels = {place.y for place in grown.forms[-1].places}
    assert len(levels) == 3


def test_only_those_move_whose_place_is_another_one() -> None:
    shown = film(samples.growing())
    before, after = spots(shown, -2), spots(shown, -1)
    assert (after[5], after[7]) == (before[7], before[5])
    assert [at for at in range(9) if before[at] != after[at]] == [5, 7]


def test_a_beat_begins_where_the_last_one_ended() -> None:
    shown = film(samples.growing())
    assert shown.turn(0) == (shown.forms[0], shown.forms[0])
    for before, after in zip(range(len(shown.beats)), range(1, len(shown.beats)), strict=False):
        assert shown.turn(before)[1] is shown.turn(after)[0]
    assert shown.turn(len(shown.beats) - 1)[1] is shown.forms[-1]


def test_a_chain_whose_boss_leaves_does_not_fall_apart_and_a_flat_society_is_an_ellipse_again() -> None:
    entries = samples.growing()[:-1]
    t = entries[-1]["t"]
    leaves = [*entries, {"t": t + 1, "kind": "leave", "member": 4, "why": "removal"}]
    shown = film(samples.closing(leaves))
    assert shown.forms == film(samples.closing(entries)).forms
    ends = [
        {"t": t + 1, "kind": "unlink", "source": u, "target": v}
        for low, high in {**samples.BOSS, 5: 4, 6: 5, 7: 5, 8: 5}.items()
        for u, v in ((low, high), (high, low))
    ]
    flat = film(samples.closing([*entries, *ends]))
    assert spots(flat, -1) == spots(flat, 0)
    assert flat.forms[-1].first > flat.forms[-2].first


def test_who_moves_to_another_community_moves() -> None:
    entries = samples.federation()[:-1]
    entries.append({"t": 4.0, "kind": "place", "member": 6, "attributes": {"community": 0, "head": False}})
    entries.append({"t": 4.0, "kind": "link", "source": 6, "target": 1, "tie": "talk", "weight": 1.0})
    shown = film(samples.closing(entries))
    assert len(shown.forms) == 2
    before, after = spots(shown, 0), spots(shown, 1)
    assert before[8:] == after[8:]
    home = shown.forms[1].regions[0]
    assert np.hypot(after[6][0] - home.x, after[6][1] - home.y) < home.size


def test_who_joins_with_a_boss_has_a_place_under_it() -> None:
    entries = samples.growing()[:-1]
    t = entries[-1]["t"] + 1
    entries.append({"t": t, "kind": "member", "member": 9, "name": "Member 9", "model": "panel"})
    entries.append({"t": t, "kind": "link", "source": 9, "target": 5, "tie": "report", "weight": 1.0})
    shown = film(samples.closing(entries))
    assert (len(shown.nodes), shown.nodes[9].since) == (10, shown.forms[-1].first)
    assert shown.forms[-1].places[9].y > shown.forms[-1].places[5].y
    assert {len(form.places) for form in shown.forms} == {10}


def test_a_circle_of_bosses_moves_nobody() -> None:
    entries = samples.growing()[:-1]
    t = entries[-1]["t"]
    entries.append({"t": t + 1, "kind": "link", "source": 0, "target": 4, "tie": "command", "weight": 1.0})
    assert film(samples.closing(entries)).forms == film(samples.growing()).forms


@given(st.lists(st.tuples(st.integers(0, 11), st.integers(0, 11)), max_size=30))
@settings(max_examples=60, deadline=None)
def test_everybody_has_one_place_in_any_tree(pairs: list[tuple[int, int]]) -> None:
    boss: dict[int, int] = {}
    old: dict[int, list[int]] = {}
    places: dict[int, tuple[float, float]] = {}
    for low, high in pairs:
        after = {**boss, low: high}
        if trees.levels(range(12), after) is None:
            continue
        boss = after
        old = trees.ordered(range(12), boss, places, old)
        assert sorted(seat for row in old.values() for seat in row) == list(range(12))
        columns, width = trees.columns(old)
        leaves = sorted(columns[seat] for seat in range(12) if seat not in old)
        assert leaves == list(range(width))
        levels = trees.levels(range(12), boss)
        assert levels is not None
        places = {seat: (column, levels[seat]) for seat, column in columns.items()}
        assert len({*places.values()}) == 12


@pytest.mark.slow
def test_pictures_show_the_place_of_their_beat_and_the_way_to_it() -> None:
    shown = film(samples.growing())
    drawn = canvas.Canvas(shown, 100)

    def at(picture: np.ndarray, x: float, y: float) -> tuple[int, ...]:
        return tuple(int(part) for part in picture[round(y + TOP), round(x + LEFT)])

    turns = {form.first for form in shown.forms[1:]}
    for beat in (0, *sorted(turns), len(shown.beats) - 1):
        now = shown.beats[beat]
        before, form = shown.turn(beat)
        pictures = [picture[..., :3].copy() for picture in drawn.frames(beat, 3, 0)]
        assert len(pictures) == (4 if beat in turns else 1)
        ways = [before.between(form, part) for part in (5 / 32, 0.5, 27 / 32)] if beat in turns else []
        for picture, there in zip(pictures, [*ways, form], strict=True):
            for node, place in enumerate(there.places):
                key = shown.polls[now.poll].keys[now.fills[node]].colour if now.fills[node] >= 0 else look.PAPER
                alone = all(abs(place.x - other.x) + abs(place.y - other.y) > 2 * place.r + 9 or other is place
                            for other in there.places)  # fmt: skip
                if alone:  # on the way they may pass one another
                    seen = at(picture, place.x - 0.72 * place.r, place.y)
                    assert seen == tuple(int(key[part : part + 2], 16) for part in (1, 3, 5))


def test_a_short_film_of_a_long_run_shows_how_the_tree_grew() -> None:
    entries = samples.growing(120)  # it grows in the first four
    seen = survey(entries)
    chosen = plan(seen, 20)
    assert chosen.shown < 20
    grown = [segment.led for segment in seen.segments]
    assert (grown[0], grown[-1]) == (0, 8)
    assert {0, 8} < {grown[place] for place in chosen.merged}  # and what was in between
    flat = survey([e for e in entries if e["kind"] not in ("link", "unlink")])
    steps = [b - a for a, b in zip(list(plan(flat, 20).merged), list(plan(flat, 20).merged)[1:], strict=False)]
    assert max(steps) - min(steps) <= 1


@pytest.mark.slow
@pytest.mark.parametrize("n", [0, 1, 2, 5000])
def test_a_line_of_command_in_a_society_of_any_size(n: int, tmp_path: Path) -> None:
    entries = samples.opening("any", [f"M{u}" for u in range(n)], [])
    entries += [{"t": 1.0, "kind": "link", "source": 0, "target": low, "tie": "command", "weight": 1.0}
                for low in range(1, min(n, 40))]  # fmt: skip
    shown = film(samples.closing(entries), 30)
    assert len(shown.forms) == (2 if n > 2 else 1)
    assert len(shown.forms[-1].places) == n
