"""`poster`: a run's record as one picture that tells what came of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from functools import partial
from pathlib import Path

from society_viz import labels, look
from society_viz.credits import paced
from society_viz.drawing import Disc, Drawn, Shape, Stroke, Words, box, write_pdf, write_png, write_svg
from society_viz.errors import VizError
from society_viz.files import whole
from society_viz.film import ABSTAINED, MESSAGE, NONE, SAW, SOLD, Beat, Film, Form
from society_viz.furniture import called
from society_viz.geometry import head, lines, path, pins
from society_viz.margin import beside
from society_viz.reading import entries, find_record
from society_viz.setting import brought, setting
from society_viz.stage import HISTORY, UNDECIDED
from society_viz.story import tell
from society_viz.survey import time
from society_viz.words import cut, number
from society_viz.writing import fitted, width, wrapped
from society_viz.writing import whole as whole_sentences

SIZE = 960, 640
"""The size of a poster, in units of one pixel at 100 dpi."""
_LEFT, _TOP = 16, 84
_SECONDS = 900.0  # of the film it is a moment of: as much of the run as a page shows
_FLOWS = 400
_WRITERS = {".svg": write_svg, ".pdf": write_pdf, ".png": write_png}


def poster(run: Path, to: Path) -> Path:
    """Show the run at *run* (its folder, or its record) as one picture, written to *to*; gives that path.

    The ending of *to* says what is made: `.svg`, `.pdf`, or `.png` of 1920 x 1280 pixels. Shown are the society as it
    was when a question had been settled, who answered what and who heard whom about it, what was decided, and the
    figures of the whole run. The question is the last one where ties changed during the run, else the one on which
    members differed most. Only the record is read; the same record gives the same file.

    Raises `VizError`, whose text says what is wrong with the record, or with what was asked.
    """
    to = Path(to)
    writer = _WRITERS.get(to.suffix.lower())
    if writer is None:
        raise VizError(f"{to.name!r} does not say what to make: a poster's name ends in .svg, .pdf or .png")
    record = find_record(run)
    film = filmed(record)
    shapes, told = still(film, record)
    with whole(to) as draft:
        writer(shapes, SIZE, film.title, told, draft)
    return to


def filmed(record: Path) -> Film:
    """The film of *record* that a poster is a moment of, and that a report plays."""
    brought(record)
    return paced(tell(partial(entries, record), _SECONDS, setting(record)), None, _SECONDS)


def still(film: Film, record: Path) -> tuple[list[Drawn], str]:
    """The poster of *film*, with the figures of the whole *record*; and what is on it, in words."""
    at = _moment(film)
    beat = film.beats[at]
    figures, flows = _figures(record), frozenset(what for _, _, what in _passed(film, at))
    shapes = [*_frame(film, beat), *_society(film, at), *beside(film, beat, figures, flows)]
    told = " ".join([*film.beats[0].lines, *(f"{word}." for word in _decided(beat)),
                     *(f"{name}: {value}." for name, value in figures)])  # fmt: skip
    return shapes, told


def _moment(film: Film) -> int:
    """The beat that is shown."""
    settled = [at for at, beat in enumerate(film.beats) if beat.decision or beat.governing]
    if not settled:
        return len(film.beats) - 1
    if any(beat.rewired for beat in film.beats):
        return settled[-1]

    def apart(at: int) -> tuple[int, int]:
        counts = Counter(fill for fill in film.beats[at].fills if fill not in (NONE, ABSTAINED))
        return sum(counts.values()) - max(counts.values(), default=0), at

    return max(settled, key=apart)


def _figures(record: Path) -> list[tuple[str, str]]:
    """What the whole run came to, counted entry by entry."""
    counts: Counter[str] = Counter()
    ended = 0.0
    for entry in entries(record):
        kind = entry["kind"]
        ended = max(ended, time(entry))
        counts[kind] += 1
        if kind == "answer":
            counts["silent"] += entry.get("value") is None
        elif kind == "outcome":
            kind = "as it was in fact" if HISTORY in entry else "settled rightly"  # history need not have been right
            counts[kind] += entry.get("correct") is not None and "gold" in entry
            counts[f"{kind} so"] += entry.get("correct") is True
            counts["undecided"] += entry.get("decision") is None
    found = [("members", f"{counts['member']:,}"), ("questions settled", f"{counts['outcome']:,}")]
    for kind in ("settled rightly", "as it was in fact"):
        if counts[kind]:
            so = counts[f"{kind} so"]
            found.append((kind, f"{so:,} ({100 * so / counts[kind]:.0f} %)"))
    found.append(("answers asked for", f"{counts['answer']:,}"))
    named = {"abstentions": ("silent",), "messages": ("message",), "refused or lost": ("refused", "lost"),
             "payments": ("transfer",), "ties changed": ("link", "unlink", "reweight")}  # fmt: skip
    found += [(name, f"{many:,}") for name, kinds in named.items() if (many := sum(counts[kind] for kind in kinds))]
    return [*found, ("simulated time", number(ended))]


def _decided(beat: Beat) -> list[str]:
    if not beat.decision:
        return []
    judged = "" if beat.right is None else ": right" if beat.right else ": wrong"
    return [f"{'Nothing decided' if beat.decision == UNDECIDED else f'Decided {beat.decision}'}{judged}"]


def _frame(film: Film, beat: Beat) -> Iterator[Drawn]:
    """Title, organisation, question, and where it is all from."""
    yield Words(24, 28, fitted(film.title, 900, 16, "bold"), 16, bold=True)
    for row, line in enumerate(whole_sentences(film.setting.about or " ".join(film.beats[0].lines), 912, 9.5, 2)):
        yield Words(24, 50 + 16 * row, line, 9.5, look.SOFT)
    yield box(24, 77, 912, 1.5, look.FAINT)
    question = film.polls[beat.poll].text or " ".join(beat.lines)
    yield box(24, 544, 912, 62, look.TINT)
    yield box(24, 544, 4, 62, look.INK)
    for row, line in enumerate(wrapped(question, 880, 10, 2) if question else []):
        yield Words(40, 558 + 17 * row, line, 10)
    colour = look.INK if beat.right is None else look.RIGHT if beat.right else look.WRONG
    for words in _decided(beat):
        yield Words(40, 593, fitted(words, 880, 10.5, "bold"), 10.5, colour, bold=True)
    yield Words(24, 624, fitted(film.provenance, 912, 7.5), 7.5, look.SOFT)


def _society(film: Film, at: int) -> Iterator[Drawn]:
    """Members where they sit, the ties there were, and what passed along them about the question."""
    beat, form = film.beats[at], film.turn(at)[1]
    for region in form.regions:
        x, y = region.x + _LEFT, region.y + _TOP
        if region.shape == "disc":
            yield Disc(x, y, region.size, look.BAND, look.LINE, 0.8)
        else:
            yield Stroke(((x + 44, y), (x + 640, y)), look.ROW, 0.8)
    there = [line for line in lines(film) if line.first <= at < line.last]
    faint = 1.0 if len(there) < 250 else max(0.35, 250 / len(there))
    for line in there:
        colour, wide, dashes = look.tie(line.kind)
        way = _moved(path(form, form.places[line.source], form.places[line.target], line.shift))
        yield Stroke(way, colour, wide * (0.6 + 0.4 * faint), dashes, faint)
        if line.arrow:
            yield Shape(head(way, 6.5), colour, faint)
    shifts = {(line.source, line.target): line.shift for line in there}
    for source, target, what in _passed(film, at):
        colour, wide = {MESSAGE: (look.SAYING, 1.3), SOLD: (look.SELLING, 2.0), SAW: (look.SEEING, 0.9)}[what]
        way = _moved(path(form, form.places[source], form.places[target], shifts.get((source, target), 0.0)))
        yield Stroke(way, colour, wide, (), 0.5)
        yield Shape(head(way, 6.0), colour, 0.7)
    for source, target, which in beat.arrows:
        colour, dashes = look.marked(which)
        way = _moved(path(form, form.places[source], form.places[target], shifts.get((source, target), 0.0)))
        yield Stroke(way, colour, look.MARKED, dashes)
        yield Shape(head(way, 8.0), colour)
    for region in form.regions:
        words, decided = called(region, beat)
        x, y, disc = region.x + _LEFT, region.y + _TOP, region.shape == "disc"
        yield Words(x, y - region.size - 8 if disc else y, words, 7.5, look.INK if decided else look.SOFT,
                    "middle" if disc else "start", bold=decided, halo=disc)  # fmt: skip
    yield from _members(film, form, beat, at)


def _moved(way: tuple[tuple[float, float], ...]) -> tuple[tuple[float, float], ...]:
    return tuple((x + _LEFT, y + _TOP) for x, y in way)


def _passed(film: Film, at: int) -> list[tuple[int, int, str]]:
    """What passed from whom to whom about the question, each once; nothing, where it was too much to be seen."""
    flows = dict.fromkeys(flow for beat in film.beats[: at + 1] if beat.poll == film.beats[at].poll
                          for flow in beat.flows if flow[2] in (MESSAGE, SAW, SOLD))  # fmt: skip
    return list(flows) if len(flows) <= _FLOWS else []


def _members(film: Film, form: Form, beat: Beat, at: int) -> Iterator[Drawn]:
    keys, given = film.polls[beat.poll].keys, dict(beat.won)
    for place, (node, spot) in enumerate(zip(film.nodes, form.places, strict=True)):
        if node.since > at:
            continue
        x, y, fill = spot.x + _LEFT, spot.y + _TOP, beat.fills[place]
        if place in beat.gone:
            yield Disc(x, y, spot.r, look.PAPER, look.FAINT, 0.9, (2.0, 2.0))
            continue
        if place in beat.governing:
            yield Disc(x, y, spot.r + 4, "", look.GOVERNING, 2.6)
        face = keys[fill].colour if fill >= 0 else look.ABSTAINING if fill == ABSTAINED else look.UNASKED
        dot = spot.r < look.DOT
        rim = look.SOFT if fill == NONE else face if dot and fill >= 0 else look.INK
        yield Disc(x, y, spot.r, face, rim, 0.4 if dot else 0.9)
        if place in given:
            yield Disc(x, y, spot.r + 1.8, "", look.WON, 2.6)
        mark = cut(beat.marks[place], 6)
        points = labels.inscribed(mark, spot.r)
        if mark and points:
            dark = fill >= 0 and look.dark(keys[fill].colour)
            yield Words(x, y, mark, points, look.PAPER if dark else look.INK, "middle", bold=True)
        if spot.label:
            yield Words(spot.lx + _LEFT, spot.ly + _TOP, spot.label, 8, anchor=spot.anchor, halo=True)
        if place in given and len(given) <= labels.BADGES:
            left, top, anchor = labels.badge(spot)
            yield Words(left + _LEFT, top + _TOP, given[place], 8, look.RIGHT, anchor, bold=True, halo=True)
    for x, y, r, sign, which in pins(form.places, (one for one in beat.badges if film.nodes[one[0]].since <= at)):
        colour = look.marked(which)[0]
        face, edge, wide = (colour, look.PAPER, 0.8) if sign else ("", colour, look.MARKED)
        yield Disc(x + _LEFT, y + _TOP, r, face, edge, wide)
        if points := labels.inscribed(sign, r / 0.8) if sign else 0.0:
            yield Words(x + _LEFT, y + _TOP, sign, points, look.PAPER, "middle", bold=True)
    if film.seats is not None:
        for place, left, wide in film.seats.parts:
            colour = look.GOVERNING if place in beat.governing else look.REST
            yield box(left + _LEFT, film.seats.y + _TOP, max(wide - 1.2, 0.6), 15, colour)
            name = film.nodes[place].name
            if width(name, 7) < wide:
                yield Words(left + _LEFT + wide / 2, film.seats.y + _TOP - 8, name, 7, look.SOFT, "middle")
        yield box(film.seats.mark + _LEFT - 1, film.seats.y + _TOP - 1, 2, 21, look.INK)
        needed = f"{film.seats.majority:,} of {film.seats.total:,} seats are a majority"
        yield Words(film.seats.mark + _LEFT, film.seats.y + _TOP + 28, needed, 8, look.SOFT, "middle")
        names = " + ".join(film.nodes[place].name for place in beat.governing)
        yield Words(336, _TOP + 272, cut(names, 60), 12, anchor="middle", bold=True, halo=True)
