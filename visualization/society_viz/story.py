"""From a record to a film: the entries are folded, moments become beats, the cast gets its places."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Any

from society_viz import captions, labels, layout, look
from society_viz.entries import fold, next_wave
from society_viz.film import ABSTAINED, NONE, WIDTH, Beat, Film, Node, Poll, Seats, Tie
from society_viz.reading import Entry
from society_viz.stage import Moment, Stage
from society_viz.survey import SETUP, Plan, Survey, group, plan, survey, time
from society_viz.words import clean, count, number

_TIES = 20_000
_RATE = 26.0  # characters a reader takes in each second
_SHORTEST, _LONGEST = 0.6, 4.5  # seconds


def tell(record: Callable[[], Iterable[Entry]], seconds: float) -> Film:
    """The film of about *seconds* of a record; `record()` gives its entries, and is called twice."""
    seen = survey(record())
    return _Shoot(seen, plan(seen, max(seconds - 3.0, 1.0))).film(record())


class _Shoot:
    """Reads the entries once and keeps what will be seen."""

    def __init__(self, seen: Survey, chosen: Plan) -> None:
        self.seen, self.plan = seen, chosen
        self.stage = Stage()
        self.beats: list[Beat] = []
        self.snapshots: list[dict[int, str | None]] = []
        self.numbers: list[dict[int, float]] = []
        self.polls: list[Poll] = []
        self.first = 0  # the first beat of the current poll
        self.segment = 0
        self.spots: layout.Layout | None = None
        self.late: dict[int, list[int]] = {}

    def film(self, record: Iterable[Entry]) -> Film:
        stage = self.stage
        last: tuple[float, str] | None = None
        for entry in record:
            kind = entry["kind"]
            if kind == "question":
                self._question(entry)
                last = None
                continue
            if kind in SETUP:
                fold(stage, entry)
                continue
            if not self.beats:
                self._open()
            shown = self.segment in self.plan.merged
            if kind == "outcome":
                self._beat(shown)
                fold(stage, entry)
                lines = captions.decided(stage, entry) + stage.moment.events
                self._shoot(lines, shown)
                last = None
                continue
            now = (time(entry), group(kind))
            wave = shown and next_wave(stage, entry)
            if now != last or wave:
                full = stage.moment.runs >= self.plan.merged.get(self.segment, 1)
                if full or wave:
                    self._beat(shown)
                stage.moment.runs += 1
                last = now
            fold(stage, entry)
        return self._close()

    def _open(self) -> None:
        """Seat the cast, and show it."""
        stage = self.stage
        self.spots = layout.arrange(stage.attributes, stage.opening, stage.weights, stage.order)
        self._shoot(captions.opening(stage), True)

    def _question(self, entry: Entry) -> None:
        if not self.beats:
            self._open()
        self._beat(self.segment in self.plan.merged)
        self._end_poll()
        self.segment += 1
        left_over = self.stage.moment  # ties that changed while nobody was looking
        fold(self.stage, entry)
        shown = self.segment in self.plan.merged
        lines = captions.asked(self.stage, self.plan.shown, self.plan.questions)
        if shown and (left_over.linked.seen or left_over.unlinked.seen):
            lines.append(f"Since then: {count(left_over.linked.seen, 'tie')} added, {left_over.unlinked.seen:,} removed.")
        self._shoot(lines, shown)

    def _beat(self, shown: bool) -> None:
        if not shown:
            moment = self.stage.moment
            self.stage.moment = Moment(linked=moment.linked, unlinked=moment.unlinked)
        elif not self.stage.moment.empty:
            self._shoot(captions.describe(self.stage), True)

    def _shoot(self, lines: list[str], shown: bool) -> None:
        """Keep how things stand now as a beat."""
        stage = self.stage
        if not shown:
            return
        moment = stage.moment
        if any(since == stage.beats and seat not in self._spots().spots for seat, since in stage.since.items()):
            self._seat_newcomers()
        self.snapshots.append(dict(stage.values))
        self.numbers.append(dict(stage.numbers))
        self.beats.append(Beat(
            t=stage.t, lines=tuple(_closed(line) for line in lines), poll=len(self.polls), fills=(), marks=(), flows=tuple(dict.fromkeys(moment.flows)),
            active=tuple(sorted(moment.active)), chair=stage.chair, proposed=stage.proposed, governing=stage.governing,
            decision=stage.decision, right=stage.right, score=self._score(),
            seconds=_reading(lines, bool(moment.flows.seen)),
            rewired=bool(moment.linked.seen or moment.unlinked.seen),
        ))  # fmt: skip
        stage.beats = len(self.beats)
        stage.moment = Moment(t=stage.t)

    def _spots(self) -> layout.Layout:
        if self.spots is None:
            self.spots = layout.arrange(self.stage.attributes, self.stage.opening, self.stage.weights, self.stage.order)
        return self.spots

    def _seat_newcomers(self) -> None:
        spots, stage = self._spots(), self.stage
        radius = sorted(spots.radii.values())[len(spots.radii) // 2] if spots.radii else 14.0
        for seat in sorted(stage.names):
            if seat not in spots.spots:
                near = [v if u == seat else u for u, v in stage.ties if seat in (u, v)]
                known = [spots.spots[one] for one in dict.fromkeys(near) if one in spots.spots]
                spots.spots[seat] = layout.beside(seat, known, list(spots.spots.values()), radius)
                spots.radii[seat] = radius

    def _score(self) -> str:
        stage = self.stage
        if stage.judged > 1:
            return f"Right so far: {stage.correct:,} of {stage.judged:,}"
        return f"Settled so far: {stage.settled:,} of {self.plan.questions:,}" if self.plan.questions > 1 else ""

    def _end_poll(self) -> None:
        """The question is over: now its answers are all known, and get their colours."""
        stage = self.stage
        amounts = [value for numbers in self.numbers[self.first :] for value in numbers.values()]
        scale = _Scale(amounts) if len(amounts) > 1 and len(stage.found) > 2 and not _named(stage.found) else None
        rows = scale.keys if scale else look.keys([] if _prose(stage.found) else stage.found)
        if not rows and stage.found:
            rows = (look.Key("has answered", look.ANSWERED, ""),)
        place = {label: min(at, len(rows) - 1) for at, label in enumerate(stage.found)}
        seats = list(self._spots().spots)
        for at in range(self.first, len(self.beats)):
            values, numbers = self.snapshots[at], self.numbers[at]
            fills, marks = [], []
            for seat in seats:
                if seat not in values:
                    fill, mark = NONE, ""
                elif values[seat] is None:
                    fill, mark = ABSTAINED, "–"
                elif scale and seat in numbers:
                    fill, mark = scale.step(numbers[seat]), number(numbers[seat])
                else:
                    fill = place.get(values[seat] or "", len(rows) - 1)
                    mark = rows[fill].letter if 0 <= fill < len(rows) else ""
                fills.append(fill)
                marks.append(mark)
            self.beats[at] = replace(self.beats[at], fills=tuple(fills), marks=tuple(marks))
            self.snapshots[at], self.numbers[at] = {}, {}
        self.polls.append(Poll(stage.question, rows))
        self.first = len(self.beats)

    def _close(self) -> Film:
        stage = self.stage
        if not self.beats:
            self._open()
        self._beat(self.segment in self.plan.merged)
        stage.moment = Moment(t=stage.t)
        self._shoot(captions.closing(stage, self.seen.whole), True)
        self._end_poll()
        spots = self._spots()
        seats = list(spots.spots)
        place = {seat: at for at, seat in enumerate(seats)}
        named = labels.place(spots, self._named(seats))
        nodes = tuple(
            Node(stage.name(seat), named[seat][0], *spots.spots[seat], spots.radii[seat], *named[seat][1:],
                 since=stage.since.get(seat, 0), weight=stage.weights.get(seat, 0))
            for seat in seats
        )  # fmt: skip
        ties = [Tie(place[u], place[v], kind, first, len(self.beats)) for (u, v), (kind, first) in stage.ties.items()]
        ties += [replace(tie, source=place[tie.source], target=place[tie.target]) for tie in stage.closed]
        ties = [tie for tie in ties if tie.first < tie.last]
        beats = [_moved(beat, place) for beat in self.beats]
        beats[-1] = replace(beats[-1], seconds=max(beats[-1].seconds, 2.5))
        return Film(
            title=clean(stage.header.get("name") or "a society", 60), provenance=_provenance(stage.header), nodes=nodes,
            ties=() if len(ties) > _TIES else tuple(sorted(ties, key=lambda tie: (tie.first, tie.source, tie.target))),
            untied=len(ties) if len(ties) > _TIES else 0, regions=spots.regions, middle=spots.middle, pull=spots.pull,
            seats=_seats(spots, stage, place) if spots.shape == "parliament" else None,
            polls=tuple(self.polls), beats=tuple(beats),
        )  # fmt: skip

    def _named(self, seats: list[int]) -> dict[int, str]:
        """The label of each member: its name, without a word that all share; with its seats in a parliament."""
        names = {seat: self.stage.name(seat) for seat in seats}
        heads = {name.rpartition(" ")[0] for name in names.values()}
        if len(names) > 1 and len(heads) == 1 and all(name.rpartition(" ")[2].isdecimal() for name in names.values()):
            names = {seat: name.rpartition(" ")[2] for seat, name in names.items()}
        if self._spots().shape == "parliament":
            return {seat: f"{name} {number(self.stage.weights[seat])}" for seat, name in names.items()}
        return names


class _Scale:
    """Five steps of colour from the smallest number answered to the largest."""

    def __init__(self, amounts: list[float]) -> None:
        self.low, self.high = min(amounts), max(amounts)
        edges = [self.low + (self.high - self.low) * step / 5 for step in range(6)]
        self.keys = tuple(look.Key(f"{number(low)} to {number(high)}", colour, "")
                          for low, high, colour in zip(edges, edges[1:], look.STEPS, strict=False))  # fmt: skip

    def step(self, value: float) -> int:
        """Which of the five *value* belongs to."""
        return min(int(5 * (value - self.low) / (self.high - self.low)), 4) if self.high > self.low else 2


def _named(found: list[str]) -> bool:
    """Whether the answers are words and not numbers."""
    return not all(label.replace(",", "").replace(".", "").lstrip("-").isdigit() for label in found)


def _prose(found: list[str]) -> bool:
    """Whether the answers are free text, which no legend can list."""
    return len(found) > 3 * look.MOST_KEYS or (len(found) > 3 and sum(len(label) for label in found) > 40 * len(found))


def _closed(line: str) -> str:
    return line if line.endswith((".", "!", "?", "…", "”", ":")) else f"{line}."


def _reading(lines: list[str], moving: bool) -> float:
    letters = sum(min(len(line), 240) for line in lines[:3])
    return min(max(_SHORTEST + letters / _RATE, 0.9 if moving else _SHORTEST), _LONGEST)


def _moved(beat: Beat, place: dict[int, int]) -> Beat:
    """*beat* in places of nodes instead of seats."""
    missing = len(place) - len(beat.fills)  # those who come later
    return replace(
        beat, fills=beat.fills + (NONE,) * missing, marks=beat.marks + ("",) * missing,
        flows=tuple((place[u], place[v], what) for u, v, what in beat.flows if u in place and v in place),
        active=tuple(place[one] for one in beat.active if one in place), chair=place.get(beat.chair, -1),
        proposed=tuple(place[one] for one in beat.proposed if one in place),
        governing=tuple(place[one] for one in beat.governing if one in place),
    )  # fmt: skip


def _seats(spots: layout.Layout, stage: Stage, place: dict[int, int]) -> Seats | None:
    """The bar of seats under a parliament, in the order of its half circle."""
    total = sum(stage.weights.values())
    if total < 1:
        return None
    wide, left = 400.0, (WIDTH - 400.0) / 2
    parts = []
    for seat in sorted(spots.spots, key=lambda seat: spots.spots[seat][0]):
        part = wide * stage.weights.get(seat, 0) / total
        parts.append((place[seat], round(left, 1), round(part, 1)))
        left += part
    majority = int(total // 2) + 1
    return Seats(tuple(parts), 392.0, int(total), majority, round((WIDTH - wide) / 2 + wide * majority / total, 1))


def _provenance(header: dict[str, Any]) -> str:
    """Where the pictures come from, and what they cannot show."""
    models = header.get("models")
    marks = [f"{clean(name, 30)}: {clean(mark, 70)}" for name, mark in models.items()] if isinstance(models, dict) else []
    parts = [clean(header.get("name") or "unnamed scenario", 40), f"seed {clean(header.get('seed', '?'), 12)}"]
    if header.get("version"):
        parts.append(f"society_sim {clean(header['version'], 16)}")
    if marks:
        parts.append(f"model {', '.join(marks[:3])}{f' and {len(marks) - 3} more' if len(marks) > 3 else ''}")
    line = " · ".join(parts)
    if any("synthetic" in mark.casefold() for mark in marks):
        line += " · Synthetic results are consequences of the preset."
    return line



def paced(film: Film, seconds: float | None, most: float) -> Film:
    """*film* at the pace that makes it *seconds* long; if that is `None`, at a reader's, in no more than *most*."""
    wanted = sum(beat.seconds for beat in film.beats)
    factor = seconds / wanted if seconds is not None else min(most / wanted, 1.0)
    return replace(film, beats=tuple(replace(beat, seconds=round(beat.seconds * factor, 2)) for beat in film.beats))
