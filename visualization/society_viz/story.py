"""From a record to a film: the entries are folded, moments become beats, the cast gets its places."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace

from society_viz import captions, labels, queues, ties, waiting
from society_viz.ballots import foremost, legend
from society_viz.credits import provenance, seats_of
from society_viz.entries import fold, next_wave
from society_viz.events import formation
from society_viz.film import NONE, Beat, Film, Node, Place, Poll, Tie
from society_viz.floor import News
from society_viz.marking import marks, named
from society_viz.reading import Entry
from society_viz.seating import Seating
from society_viz.setting import NO_SETTING, Setting
from society_viz.stage import Moment, Stage
from society_viz.survey import SETUP, Plan, Survey, continued, group, in_turn, plan, survey, time
from society_viz.words import clean, count, cut, number

_TIES = 20_000
_RATE = 26.0  # characters a reader takes in each second
_SHORTEST, _LONGEST = 0.6, 4.5  # seconds
_MOVING = 1.8  # seconds of a beat in which the society takes another form


def tell(record: Callable[[], Iterable[Entry]], seconds: float, setting: Setting = NO_SETTING) -> Film:
    """The film of about *seconds* of a record; `record()` gives its entries, and is called twice."""
    seen = survey(record())
    if seen.load.told:
        film = _Shoot(seen, plan(seen, 1.0)).queues(record(), max(seconds - 6.0, 1.0))
        asked = (clean(setting.about, 300),) if setting.about else ()
        film = replace(film, beats=(replace(film.beats[0], lines=(*film.beats[0].lines, *asked)), *film.beats[1:]))
    elif seen.at_once > 1:
        apart = replace(survey(in_turn(record())), at_once=seen.at_once)
        film = _Shoot(apart, plan(apart, max(seconds - 3.0, 1.0))).film(in_turn(record()))
    else:
        film = _Shoot(seen, plan(seen, max(seconds - 3.0, 1.0))).film(record())
    return replace(film, setting=setting)


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
        self._cast: Seating | None = None
        self.verdict: list[str] = []  # how the last question was settled

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
                self.verdict = captions.decided(stage, entry)
                lines = self.verdict + stage.moment.events
                self._shoot(lines, shown)
                last = None
                continue
            if not stage.late(entry) and stage.table.turns(entry):  # another kind of answer: its own legend
                self._beat(shown)
                self._end_poll()
                last = None
            now = continued(last, (time(entry), group(kind)))
            wave = shown and next_wave(stage, entry)
            if formation(entry) and last == (now[0], "answers") and stage.moment.forms == stage.moment.answers.seen:
                last = now  # what was just answered is told by this entry
            if now != last or wave:
                full = stage.moment.runs >= self.plan.merged.get(self.segment, 1)
                if full or wave:
                    self._beat(shown)
                stage.moment.runs += 1
                last = now
            fold(stage, entry)
        return self._close()

    def queues(self, record: Iterable[Entry], seconds: float) -> Film:
        """The film of a society under load: told by the clock."""
        stage = self.stage
        for entry in record:
            if entry["kind"] in ("header", "member", "graph"):
                fold(stage, entry)
        spots = self.cast.now
        bare = [Place("", x, y, spots.radii[seat], x, y, "middle") for seat, (x, y) in spots.spots.items()]
        rows = sorted({y for _, y in spots.spots.values()})
        gate = waiting.door(spots.shape, spots.spots.values(), (rows[0] + rows[1]) / 2 if len(rows) > 1 else None)
        stacks = waiting.stacks(bare, gate)
        taken = [waiting.covered(stack) for stack in stacks]
        poll, beats = queues.beats(self.seen.load, self.cast.seats, stage.names, seconds)
        film = self._film(beats, (poll,), taken)
        if not self.seen.whole:
            broken = "The record stops here: the run was broken off."
            beats = (*beats[:-1], replace(beats[-1], lines=(broken, *beats[-1].lines)))
        return replace(film, beats=beats, door=gate, stacks=stacks)

    def _open(self) -> None:
        """Show the cast."""
        ties.committees(self.stage, self.seen.grouped)
        self._shoot(captions.opening(self.stage, self.plan.questions, self.seen.at_once), True)

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
            lines.append(
                f"Since then: {count(left_over.linked.seen, 'tie')} added, {left_over.unlinked.seen:,} removed."
            )
        self._shoot(lines, shown)

    def _beat(self, shown: bool) -> None:
        if not shown:
            moment = self.stage.moment
            self._forget()
            self.stage.moment.linked, self.stage.moment.unlinked = moment.linked, moment.unlinked
        elif not self.stage.moment.empty:
            self._shoot(captions.describe(self.stage), True)

    def _shoot(self, lines: list[str], shown: bool) -> None:
        """Keep how things stand now as a beat."""
        stage = self.stage
        if not shown:
            return
        moment = stage.moment
        moved = self.cast.keep()
        arrows, badges = marks(stage)
        self.snapshots.append(dict(stage.table.values))
        self.numbers.append(dict(stage.table.numbers))
        self.beats.append(
            Beat(
                t=stage.t,
                lines=tuple(_closed(line) for line in lines),
                poll=len(self.polls),
                fills=(),
                marks=(),
                flows=tuple(dict.fromkeys(moment.flows)),
                arrows=arrows,
                badges=badges,
                active=tuple(sorted(moment.active)),
                chair=stage.table.chair,
                proposed=stage.table.proposed,
                governing=stage.table.governing,
                decision=stage.table.decision,
                right=stage.table.right,
                score=self._score(),
                seconds=max(_reading(lines, bool(moment.flows.seen)), _MOVING if moved else 0.0),
                rewired=bool(moment.linked.seen or moment.unlinked.seen),
                won=tuple((seat, ", ".join(what)) for seat, what in sorted(stage.table.won.items())),
                settled=tuple(sorted(stage.table.communities.items())),
                gone=tuple(sorted(stage.gone)),
                offers=_offers(stage),
                bids=stage.table.floor.depth("buy") if stage.table.floor else (),
                asks=stage.table.floor.depth("sell") if stage.table.floor else (),
            )
        )
        stage.beats = len(self.beats)
        self._forget()

    def _forget(self) -> None:
        """The moment is over, and its news are old."""
        self.stage.moment = Moment(t=self.stage.t)
        if self.stage.table.floor is not None:
            self.stage.table.floor.news = News()

    @property
    def cast(self) -> Seating:
        """Where everybody sits; they sit down when they are first asked for."""
        if self._cast is None:
            self._cast = Seating(self.stage, not self.seen.rewired)
        return self._cast

    def _score(self) -> str:
        stage = self.stage
        if stage.judged > 1:
            return f"Right so far: {stage.correct:,} of {stage.judged:,}"
        if not stage.asked or self.plan.questions < 2:
            return ""
        return f"Settled so far: {stage.settled:,} of {self.plan.questions:,}"

    def _end_poll(self) -> None:
        """The question is over: now its answers are all known, and get their colours."""
        stage = self.stage
        given = [label for values in self.snapshots[self.first :] for label in values.values()]
        amounts = [value for numbers in self.numbers[self.first :] for value in numbers.values()]
        rows = legend(foremost(stage.table.found, given), amounts)
        seats = self.cast.seats
        for at in range(self.first, len(self.beats)):
            looks = [rows.look(seat, self.snapshots[at], self.numbers[at]) for seat in seats]
            fills, marks = [fill for fill, _ in looks], [mark for _, mark in looks]
            self.beats[at] = replace(self.beats[at], fills=tuple(fills), marks=tuple(marks))
            self.snapshots[at], self.numbers[at] = {}, {}
        floor = stage.table.floor
        heading = "Last offers" if floor is not None and floor.tick else stage.table.heading
        self.polls.append(Poll(stage.table.question, rows.keys, floor.chart() if floor else None, heading))
        self.first = len(self.beats)

    def _close(self) -> Film:
        stage = self.stage
        if not self.beats:
            self._open()
        self._beat(self.segment in self.plan.merged)
        stage.moment = Moment(t=stage.t)
        self._shoot(captions.closing(stage, self.seen.whole, self.verdict), True)
        self._end_poll()
        place = {seat: at for at, seat in enumerate(self.cast.seats)}
        beats = [_moved(beat, place) for beat in self.beats]
        beats[-1] = replace(beats[-1], seconds=max(beats[-1].seconds, 2.5))
        return self._film(tuple(beats), tuple(self.polls))

    def _film(self, beats: tuple[Beat, ...], polls: tuple[Poll, ...], taken: Sequence[labels.Box] = ()) -> Film:
        """The film of *beats*, with the cast in its places; no name stands on what is *taken*."""
        stage, seats = self.stage, self.cast.seats
        place = {seat: at for at, seat in enumerate(seats)}
        spots = self.cast.laid[0][1]
        nodes = tuple(Node(stage.name(seat), stage.since.get(seat, 0), stage.weights.get(seat, 0)) for seat in seats)
        ties = [Tie(place[u], place[v], kind, first, len(beats)) for (u, v), (kind, first) in stage.ties.items()]
        ties += [replace(tie, source=place[tie.source], target=place[tie.target]) for tie in stage.closed]
        ties = [tie for tie in ties if tie.first < tie.last]
        return Film(
            title=clean(stage.header.get("name") or "a society", 60),
            provenance=provenance(stage.header),
            nodes=nodes,
            ties=() if len(ties) > _TIES else tuple(sorted(ties, key=lambda tie: (tie.first, tie.source, tie.target))),
            untied=len(ties) if len(ties) > _TIES else 0,
            forms=self.cast.forms(self._named(seats), taken),
            seats=seats_of(spots, stage.weights, stage.table.house, place) if spots.shape == "parliament" else None,
            polls=polls,
            beats=beats,
            marks=named(stage.kinds_of_marks, (one for beat in beats for one in beat.arrows),
                        (one for beat in beats for one in beat.badges)),
        )

    def _named(self, seats: list[int]) -> dict[int, str]:
        """The label of each member: its name, without a word that all share; with its seats in a parliament."""
        names = {seat: self.stage.name(seat) for seat in seats}
        heads = {name.rpartition(" ")[0] for name in names.values()}
        if len(names) > 1 and len(heads) == 1 and all(name.rpartition(" ")[2].isdecimal() for name in names.values()):
            names = {seat: name.rpartition(" ")[2] for seat, name in names.items()}
        if self.cast.now.shape == "parliament":
            return {seat: f"{name} {number(self.stage.weights.get(seat, 0))}" for seat, name in names.items()}
        return names


def _closed(line: str) -> str:
    return line if line.endswith((".", "!", "?", "…", "”", ":")) else f"{line}."


def _reading(lines: list[str], moving: bool) -> float:
    letters = sum(min(len(line), 240) for line in lines[:3])
    return min(max(_SHORTEST + letters / _RATE, 0.9 if moving else _SHORTEST), _LONGEST)


def _moved(beat: Beat, place: dict[int, int]) -> Beat:
    """*beat* in places of nodes instead of seats."""
    missing = len(place) - len(beat.fills)  # those who come later
    return replace(
        beat,
        fills=beat.fills + (NONE,) * missing,
        marks=beat.marks + ("",) * missing,
        flows=tuple((place[u], place[v], what) for u, v, what in beat.flows if u in place and v in place),
        arrows=tuple((place[u], place[v], which) for u, v, which in beat.arrows if u in place and v in place),
        badges=tuple((place[one], sign, which) for one, sign, which in beat.badges if one in place),
        active=tuple(place[one] for one in beat.active if one in place),
        chair=place.get(beat.chair, -1),
        proposed=tuple(place[one] for one in beat.proposed if one in place),
        governing=tuple(place[one] for one in beat.governing if one in place),
        won=tuple((place[one], cut(what, 24)) for one, what in beat.won if one in place),
        gone=tuple(place[one] for one in beat.gone if one in place),
        offers=tuple((place[one], sells) for one, sells in beat.offers if one in place),
    )


def _offers(stage: Stage) -> tuple[tuple[int, bool], ...]:
    """Who offers to buy or to sell in this moment; where somebody does more than once, the last of it."""
    made = stage.table.floor.news.offers if stage.table.floor is not None else []
    return tuple(sorted({seat: side == "sell" for seat, side, _ in made}.items()))
