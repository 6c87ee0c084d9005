"""What lies between arms: paired differences, their verdicts, the power of the design, and whether they stand."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

from society_sim.reporting import wording
from society_sim.reporting.captions import (
    DRAWN,
    Row,
    by_point,
    interval_words,
    level,
    point_words,
    series,
    sides,
    told,
)  # fmt: skip
from society_sim.reporting.drawings import Bar, Group, Intervals, Tile, Tiles
from society_sim.reporting.page import Block, Cell, Figure, Points, Table, Words
from society_sim.reporting.reading import Found
from society_sim.reporting.wording import between, cell, number, share

_SAID = 16
"""Sentences of the summary at most."""


def in_short(found: Found) -> Block:
    """What was found, a sentence for each comparison of arms."""
    rows = [row for row in found.comparisons if row["kind"] == "arm"]
    said = [_swept(found, row) for row in found.sensitivity] or [_sentence(found, row, len(rows)) for row in rows]
    if not said:
        return Words("No two arms were compared.")
    if len(said) > _SAID:
        said = [*said[:_SAID], f"… and {len(said) - _SAID} more comparisons, which are in the table."]
    return Points(tuple(said))


def comparisons(found: Found) -> Iterator[Block]:
    """Pairs: between arms, with the two baselines, and what the design can see."""
    between_arms = [row for row in found.comparisons if row["kind"] == "arm"]
    baselines = [row for row in found.comparisons if row["kind"] != "arm"]
    for rows, title, what in (
        (between_arms, "Differences between arms", "Paired differences between the arms"),
        (baselines, "Differences from the baselines",
         "Paired differences of each arm from the best of its models alone, and from one model that takes as many "
         "tokens"),
    ):  # fmt: skip
        if rows:
            yield from _forests(found, rows, title, what)
            yield _differences(found, rows, what)
    if between_arms:
        yield _power(found, between_arms)


def sensitivity(found: Found) -> Iterator[Block]:
    """Whether comparisons stand when the synthetic models' assumptions move, and where they turn round."""
    if not found.sensitivity:
        return
    rows = found.sensitivity
    holds = all(row["holds_everywhere"] for row in rows)
    yield Words("Every comparison has the same sign over the whole sweep of assumptions." if holds else
                "Not every comparison has the same sign over the whole sweep: what does not is a finding about the "
                "assumptions, not about organisations.", "plain" if holds else "warning")  # fmt: skip
    own = [axis for axis in found.axes if axis not in ("correlation", "confidence", "kappa")]
    columns = sorted({str(row["correlation"]) for row in found.comparisons if "correlation" in row}, key=float)
    known = {(row["arm"], row["baseline"], row["measure"], *(str(row[axis]) for axis in found.axes)): row
             for row in found.comparisons if row["kind"] == "arm"}  # fmt: skip
    drawn = []
    for row in rows[:DRAWN]:
        tiles = []
        for column in columns:
            point = {axis: str(row[axis]) for axis in found.axes if axis != "correlation"} | {"correlation": column}
            one = known.get((row["arm"], row["baseline"], row["measure"], *(point[axis] for axis in found.axes)))
            if one is None:
                tiles.append(Tile("–", "0"))
                continue
            sign = "0" if one["low"] <= 0 <= one["high"] else "+" if one["difference"] > 0 else "-"
            tiles.append(Tile(number(one["difference"], signed=True), sign))
        label = f"{sides(row)}, " if len({sides(row) for row in rows}) > 1 else ""
        at = [*(f"{row[axis]}" for axis in own), f"{row['confidence']}, kappa {row['kappa']}"]
        flip = row["flip"]
        end = "" if math.isnan(flip) else f"turns at × {flip:.2f}"
        if end and not math.isnan(row["flip_phi"]):
            end += f" (phi {row['flip_phi']:.2f})"
        if all(tile.sign == "0" for tile in tiles):
            end = "no sign is sure"
        drawn.append((label + ", ".join(at), tuple(tiles), end or "does not turn"))
    if columns:
        yield Figure("Sensitivity to the assumptions",
                     Tiles("correlation of errors, times the preset's", tuple(columns), tuple(drawn)),
                     "Paired differences under each setting of what the synthetic models assume: stated confidence and "
                     "kappa down, correlation of errors across. Blue ▲: the interval lies above 0; orange ▼: below; "
                     "grey ○: it holds 0. At the end, where a difference turns round. "
                     f"{told(found, interval=level(found))}")  # fmt: skip
    table = []
    for row in rows:
        place = [str(row[axis]) for axis in (*own, "confidence", "kappa")]
        table.append((Cell(sides(row)), *map(Cell, place), Cell(str(row["signs"]).replace("-", "−")),
                      cell(row["least"], number(row["least"], True)), cell(row["most"], number(row["most"], True)),
                      cell(row["flip"], number(row["flip"])), cell(row["flip_phi"], number(row["flip_phi"])),
                      Cell(str(row["words"])), Cell("yes" if row["holds_everywhere"] else "no")))  # fmt: skip
    head = ("comparison", *own, "confidence", "kappa", "signs", "least", "most", "turns at ×", "phi there", "in words",
            "holds everywhere")  # fmt: skip
    yield Table("The sweep: signs along the correlation, from small to large, and where the difference turns round, as "
                "a factor and as the correlation of errors that was measured there.", head, tuple(table),
                3 + len(own), (3 + len(own), len(head) - 2, len(head) - 1))  # fmt: skip


def _forests(found: Found, rows: Sequence[Row], title: str, what: str) -> Iterator[Block]:
    numbers = series(found)
    for measure in dict.fromkeys(row["measure"] for row in rows):
        mine = [row for row in rows if row["measure"] == measure]
        groups = []
        for point, own in by_point(found, mine[:DRAWN]).items():
            bars = tuple(
                Bar(sides(row, short=True), numbers.get(row["arm"], 0), row["difference"], row["low"], row["high"],
                    f"{number(row['difference'], True)} {between(row['low'], row['high'], True)}")
                for row in own if not math.isnan(row["difference"]))  # fmt: skip
            if bars:
                groups.append(Group(point_words(found.axes, point), bars))
        if not groups:
            continue
        band = f" The band is the margin, ±{found.margin:g}." if found.margin and measure == "accuracy" else ""
        more = f" The first {DRAWN} of {len(mine)} lines; the table has all." if len(mine) > DRAWN else ""
        kinds = {row["interval"] for row in mine}
        yield Figure(
            title if measure == "accuracy" else f"{title}: {measure.replace('_', ' ')}",
            Intervals(f"difference of {measure.replace('_', ' ')}", tuple(groups), 0.0,
                      found.margin if measure == "accuracy" else None, "difference"),
            f"{what}, {measure.replace('_', ' ')}, with intervals.{band}{more} "
            f"{told(found, interval=f'{level(found)} {interval_words(kinds)}')}")  # fmt: skip


def _differences(found: Found, rows: Sequence[Row], what: str) -> Table:
    tested = any(not math.isnan(row["p_equivalence"]) for row in rows)
    head = ("comparison", *found.axes, "difference", level(found), "verdict", "d_z", "odds ratio", "p", "p (Holm)",
            *(["p (equivalence)"] if tested else []), "pairs")  # fmt: skip
    table = tuple((
        Cell(sides(row)), *(Cell(label) for label in found.point(row)),
        cell(row["difference"], number(row["difference"], True)), Cell(between(row["low"], row["high"], True)),
        Cell(wording.verdict(row, seeds=len(found.seeds), margin=found.margin, alpha=found.alpha, family=len(rows))),
        cell(row["d_z"], _two(row["d_z"])), cell(row["odds_ratio"], _two(row["odds_ratio"])),
        cell(row["p"], wording.p(row["p"])), cell(row["p_holm"], wording.p(row["p_holm"])),
        *([cell(row["p_equivalence"], wording.p(row["p_equivalence"]))] if tested else []),
        cell(row["pairs"], f"{row['pairs']:,}"),
    ) for row in rows)  # fmt: skip
    kinds = {row["interval"] for row in rows}
    units = ", ".join(sorted({str(row["unit"]) for row in rows}))
    return Table(
        f"{what}: difference with its interval ({level(found)} {interval_words(kinds)}; unit: {units}) and verdict; "
        "effect sizes d_z and odds ratio; p of the sign-flip test (for right and wrong McNemar's), and with Holm's "
        f"correction over these {wording.count(len(rows), 'comparison')}"
        + (f"; p of two one-sided tests against ±{found.margin:g}." if tested else "."),
        head, table, 1 + len(found.axes), (3 + len(found.axes),))  # fmt: skip


def _power(found: Found, rows: Sequence[Row]) -> Table:
    strict = found.alpha / len(rows)
    table = []
    for row in rows:
        one, all_of = wording.detectable(row, found.alpha), wording.detectable(row, strict)
        table.append((Cell(sides(row)), *(Cell(label) for label in found.point(row)),
                      cell(row["units"], f"{row['units']:,}"),
                      *(Cell(number(seen) if seen > 0 else "–") for seen in (one, all_of)),
                      cell(row["pairs_needed"], f"{int(row['pairs_needed']):,}"
                           if not math.isnan(row["pairs_needed"]) else "–")))  # fmt: skip
    return Table(
        f"The power of the design: the smallest true difference that it sees four times out of five, in a test of its "
        f"own at {found.alpha:g} and at the strictest level of Holm's correction ({strict:.2g}); and how many pairs it "
        "would take to see a difference as large as the one observed, alone.",
        ("comparison", *found.axes, "units", "least difference seen", "with Holm", "pairs needed"), tuple(table),
        1 + len(found.axes))  # fmt: skip


def _sentence(found: Found, row: Row, family: int) -> str:
    at = point_words(found.axes, found.point(row))
    words = wording.verdict(row, seeds=len(found.seeds), margin=found.margin, alpha=found.alpha, family=family)
    told_as = share if row["measure"] == "accuracy" else number
    values = f"{told_as(row['value'])} against {told_as(row['value_baseline'])}"
    interval = f"{number(row['difference'], True)} {between(row['low'], row['high'], True)}"
    return (f"{row['arm']} against {row['baseline']}{f' ({at})' if at else ''}: {row['measure'].replace('_', ' ')} "
            f"{values}, a difference of {interval}; {words}.")  # fmt: skip


def _swept(found: Found, row: Row) -> str:
    """A row of a sweep as a sentence; that a mean changes its sign says little where no interval is clear of 0."""
    axes = [axis for axis in found.axes if axis != "correlation"]
    sure = set(str(row["signs"]).split()) - {"0"}
    return (f"{point_words(axes, [str(row[axis]) for axis in axes])}: {row['words']}"
            f"{'' if sure else ', though no interval is clear of 0'}.")  # fmt: skip


def _two(value: float) -> str:
    return "–" if math.isnan(value) else f"{value:.2f}".replace("-", "−").replace("inf", "∞")
