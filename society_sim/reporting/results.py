"""What each arm of an experiment comes to: accuracy, cost, every measure, non-response, and where spread comes from."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence

from society_sim.ledger import money
from society_sim.reporting import wording
from society_sim.reporting.captions import DRAWN, Row, by_point, level, matched_arms, point_words, series, told, units
from society_sim.reporting.drawings import Bar, Group, Intervals, Point, Scatter
from society_sim.reporting.page import Block, Cell, Figure, Table, Words
from society_sim.reporting.reading import DONE, Found
from society_sim.reporting.wording import between, cell, number, percent, share
from society_sim.statistics import frontier

_COUNTS = frozenset({"questions", "decided", "known", "right", "single", "calls", "tokens", "micro_usd", "time",
                     "messages", "abstained", "arm", "seed", "status", "why", "run"})  # fmt: skip
"""Columns of the runs that are no measures."""
_PANELS = 8
"""Panels of a figure at most."""


def arms(found: Found) -> Iterator[Block]:
    """What each arm comes to, and what it takes."""
    if not found.arms:
        return
    axes = found.axes
    match = {(row["arm"], *found.point(row)): row["value_baseline"] for row in found.comparisons
             if row["kind"] == "matched"}  # fmt: skip
    numbers, paid = series(found), any(row["micro_usd"] > 0 for row in found.arms)
    lone = matched_arms(found)
    judged = any(not math.isnan(row["accuracy"]) for row in found.arms)
    beside_words = f"◇ the best single model{', ✕ one model that takes as many tokens' if match else ''}"
    interval = f"{level(found)} BCa bootstrap"
    if judged:
        shown = [row for row in found.arms if row["arm"] not in lone]
        groups = []
        for point, rows in by_point(found, shown[:DRAWN]).items():
            bars = []
            for row in rows:
                beside = [("best single model", row["single"])]
                if (value := match.get((row["arm"], *point))) is not None:
                    beside.append(("matched tokens", value))
                bars.append(Bar(row["arm"], numbers[row["arm"]], row["accuracy"], row["low"], row["high"],
                                f"{share(row['accuracy'])} {between(row['low'], row['high'], shares=True)}",
                                tuple((name, value) for name, value in beside if not math.isnan(value))))  # fmt: skip
            groups.append(Group(point_words(axes, point), tuple(bars)))
        more = f" The first {DRAWN} of {len(shown)} lines; the table has all." if len(shown) > DRAWN else ""
        yield Figure("Accuracy of each arm", Intervals("accuracy", tuple(groups), column="accuracy"),
                     f"Accuracy of each arm with its interval; {beside_words}.{more} "
                     f"{told(found, interval=f'{interval}, over {units(found)}')}")  # fmt: skip
    head = ["arm", *axes, "accuracy", level(found), "best single model", *(["matched tokens"] if match else []),
            "questions", "calls", "tokens", "messages", *(["money"] if paid else []), "time", "no answer"]  # fmt: skip
    table = []
    for row in found.arms:
        beside = match.get((row["arm"], *found.point(row)), math.nan)
        table.append((
            cell(row["arm"], row["arm"]), *(Cell(label) for label in found.point(row)),
            cell(row["accuracy"], share(row["accuracy"])),
            Cell(between(row["low"], row["high"], shares=True) if not math.isnan(row["accuracy"]) else "–"),
            cell(row["single"], share(row["single"])), *([cell(beside, share(beside))] if match else []),
            cell(row["questions"], f"{row['questions']:,}"),
            *(cell(row[name], number(float(row[name]))) for name in ("calls", "tokens", "messages")),
            *([cell(row["micro_usd"], _paid(row["micro_usd"]))] if paid else []),
            cell(row["time"], number(float(row["time"]))), cell(row["abstained"], percent(row["abstained"])),
        ))  # fmt: skip
    lone_words = (f" {', '.join(sorted(lone))}: one model alone, asked so often that it takes as many tokens."
                  if lone else "")  # fmt: skip
    yield Table("Each arm: accuracy with its interval; best single model, chosen by the other half of the questions; "
                "calls, tokens, messages" + (", money" if paid else "") + " and simulated time per question; calls"
                f" without an answer.{lone_words} Intervals: {interval}.", tuple(head), tuple(table),
                1 + len(axes))  # fmt: skip
    if judged:
        yield from cost(found, numbers)


def cost(found: Found, numbers: Mapping[str, int]) -> Iterator[Block]:
    """What accuracy costs: money against accuracy, or where nothing was paid tokens, or calls where these say nothing.

    With the frontier: what no other arm beats for its price.
    """
    if any(row["micro_usd"] > 0 for row in found.arms):
        what, name, times = "US dollars per 1,000 questions", "micro_usd", 1e-3
    else:
        name = "tokens" if any(row["tokens"] > 0 for row in found.arms) else "calls"
        what, times = f"{name} per question", 1.0
    panels, lone = [], matched_arms(found)
    everywhere = by_point(found, found.arms)
    for point, rows in list(everywhere.items())[:_PANELS]:
        points = tuple(Point("single model, matched" if row["arm"] in lone else row["arm"], numbers[row["arm"]],
                             float(row[name]) * times, row["accuracy"], row["low"], row["high"])
                       for row in rows[:12] if not math.isnan(row["accuracy"]) and row[name] > 0)  # fmt: skip
        if points:
            panels.append((_title(found, point), points))
    more = f" The first {_PANELS} of {len(everywhere)} points of the grid." if len(everywhere) > _PANELS else ""
    if panels:
        yield Figure("What accuracy costs", Scatter(what, "accuracy", tuple(panels), frontier=True),
                     f"Accuracy against {what}, each arm and each single model that was matched to it. The dotted line "
                     f"is the frontier: no arm below it is worth its price.{more} "
                     f"{told(found, interval=f'{level(found)} BCa bootstrap')}")  # fmt: skip
        yield _per_right(found, everywhere, name)


def _paid(micro_usd: float) -> str:
    return "–" if math.isnan(micro_usd) else money(micro_usd)


def _per_right(found: Found, everywhere: Mapping[tuple[str, ...], Sequence[Row]], name: str) -> Table:
    """What a right decision costs, and which arms another one beats for their price."""
    table = []
    for point, rows in everywhere.items():
        best = [rows[place]["arm"] for place in frontier([float(row[name]) for row in rows],
                                                         [row["accuracy"] for row in rows])]  # fmt: skip
        for row in rows:
            each, right = float(row[name]), row["accuracy"]
            per = each / right if right > 0 else math.nan
            say = _paid if name == "micro_usd" else number
            table.append((cell(row["arm"], row["arm"]), *(Cell(label) for label in point), cell(right, share(right)),
                          cell(each, say(each)), cell(per, say(per)),
                          Cell("yes" if row["arm"] in best else "")))  # fmt: skip
    unit = "money" if name == "micro_usd" else name
    return Table(f"What a right decision costs, in {unit}; on the frontier are arms that no other beats: none is as "
                 "accurate for less, or more accurate for no more.",
                 ("arm", *found.axes, "accuracy", f"{unit} per question", f"{unit} per right decision", "frontier"),
                 tuple(table), 1 + len(found.axes))  # fmt: skip


def measures(found: Found) -> Iterator[Block]:
    """All measures of the runs, as means over seeds; and who gave no answer, and why."""
    done = [row for row in found.runs if row["status"] == DONE]
    reasons = [name for name in (done[0] if done else {}) if name.startswith("abstained_")]
    names = [name for name in (done[0] if done else {})
             if name not in _COUNTS and name not in found.axes and name not in reasons]  # fmt: skip
    cells: dict[tuple[str, ...], list[Row]] = {}
    for row in done:
        cells.setdefault((row["arm"], *found.point(row)), []).append(row)
    if names:
        rows = []
        for key, runs in cells.items():
            means = [_mean([run[name] for run in runs], found.alpha) for name in names]
            rows.append((*(Cell(label) for label in key), *(cell(mean, words) for mean, words in means)))
        yield Table("Every measure: mean over the runs of an arm; where there are two seeds or more, with the "
                    f"{level(found)} interval of Student's t over seeds.",
                    ("arm", *found.axes, *(name.replace("_", " ") for name in names)), tuple(rows),
                    1 + len(found.axes))  # fmt: skip
    if not done:
        return
    if not any(row["abstained"] > 0 for row in done):
        yield Words(f"Non-response: none. All {sum(row['calls'] for row in done):,} calls of all runs were answered "
                    "in a form that could be read.")  # fmt: skip
        return
    shown = [name for name in reasons if any(row[name] > 0 for row in done)]
    rows = []
    for key, runs in cells.items():
        calls = sum(run["calls"] for run in runs)
        each = [sum(run[name] for run in runs) for name in ("abstained", *shown)]
        rows.append((*(Cell(label) for label in key), cell(calls, f"{calls:,}"),
                     *(cell(count, f"{count:,} ({percent(count / calls) if calls else '–'})") for count in each)))
    yield Table("Non-response: calls without an answer, by reason; nothing is filled in for them.",
                ("arm", *found.axes, "calls", "no answer",
                *(name.removeprefix("abstained_").replace("_", " ") for name in shown)), tuple(rows),
                1 + len(found.axes))  # fmt: skip


def variance(found: Found) -> Iterator[Block]:
    """Where the spread of first answers comes from."""
    cells: dict[tuple[str, ...], dict[str, Row]] = {}
    for row in found.variance:
        cells.setdefault((row["arm"], *found.point(row)), {})[row["source"]] = row
    sources = list(dict.fromkeys(row["source"] for row in found.variance))
    sources.sort(key=lambda name: name == "rest")
    if not cells:
        return
    rows = [(*(Cell(label) for label in key),
             *(cell(own[name]["share"], percent(own[name]["share"])) if name in own else Cell("–") for name in sources),
             cell(answers := next(iter(own.values()))["answers"], f"{answers:,}"))
            for key, own in cells.items()]  # fmt: skip
    yield Table("Where the spread of first answers, right or wrong, comes from. A source of which there is one alone "
                "is left out; rest is the single answer's.",
                ("arm", *found.axes, *sources, "answers"), tuple(rows), 1 + len(found.axes))  # fmt: skip


def unfinished(found: Found) -> Iterator[Block]:
    """Runs that did not come to their end."""
    bad = [row for row in found.runs if row["status"] != DONE]
    if bad:
        yield Words(f"{len(bad)} of {len(found.runs)} runs did not come to their end; pairs without a partner are left "
                    "out.", "warning")  # fmt: skip
        rows = tuple((Cell(row["arm"]), *(Cell(label) for label in found.point(row)), Cell(str(row["seed"])),
                      Cell(row["status"]), Cell(wording.shown(row["why"], 400))) for row in bad)  # fmt: skip
        head = ("arm", *found.axes, "seed", "status", "why")
        yield Table("Runs that did not come to their end.", head, rows, 2 + len(found.axes),
                    (len(head) - 2, len(head) - 1))  # fmt: skip


def _title(found: Found, point: tuple[str, ...]) -> str:
    """A point of the grid in a few words: what differs between points, and the levels alone where that is too long."""
    points = [found.point(row) for row in found.arms]
    kept = [place for place in range(len(found.axes)) if len({one[place] for one in points}) > 1]
    words = point_words([found.axes[place] for place in kept], [point[place] for place in kept])
    return words if len(words) <= 40 else ", ".join(point[place] for place in kept)


def _mean(values: Sequence[float], alpha: float) -> tuple[float, str]:
    known = [float(value) for value in values if not math.isnan(value)]
    if not known:
        return math.nan, "–"
    mean = math.fsum(known) / len(known)
    if len(known) < 2:
        return mean, number(mean)
    from scipy.stats import t

    spread = math.sqrt(math.fsum((value - mean) ** 2 for value in known) / (len(known) - 1))
    half = float(t.ppf(1 - alpha / 2, len(known) - 1)) * spread / math.sqrt(len(known))
    return mean, f"{number(mean)} {between(mean - half, mean + half)}" if half > 0 else number(mean)
