"""Whether a comparison stands when the synthetic models' assumptions move, and where it turns round.

The same experiment over a grid of three assumptions: how far the errors of all models are correlated (`correlation`
multiplies the part that all families share), how well stated confidence is calibrated, and how far the strength of an
argument tells whether it is right (`kappa`). A comparison that does not hold over all of it is told with its flip point
along the correlation, also as the correlation of errors (phi) that was measured there.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from society_sim import statistics
from society_sim.errors import ScenarioError
from society_sim.experiments.comparing import ARM
from society_sim.experiments.tables import Table
from society_sim.scenario import Scenario
from society_sim.scenario.design import label_of
from society_sim.scenario.designed import Sensitivity

CORRELATION, CONFIDENCE, KAPPA = "correlation", "confidence", "kappa"
AXES = (CORRELATION, CONFIDENCE, KAPPA)
PHI = "error_correlation"
STEPS = 3
"""How often a bracket around a flip point is halved by further runs."""
Axes = dict[str, dict[str, Mapping[str, Any]]]


def axes(scenario: Scenario, wanted: Sensitivity) -> Axes:
    """The three assumptions as axes of a grid, each level set in all synthetic models of *scenario*."""
    names = [name for name, (part, _) in scenario.models.items() if part.name == "synthetic"]
    if not names:
        raise ScenarioError("a sweep of assumptions needs synthetic models: what real ones do is no assumption")
    for axis in AXES:
        if axis in scenario.sections.get("grid", {}):
            raise ScenarioError(f"the grid has an axis {axis!r} already; give it another name")
    levels: dict[str, Sequence[Any]] = {CORRELATION: sorted(wanted.correlation), CONFIDENCE: wanted.confidence,
                                        KAPPA: sorted(wanted.kappa)}  # fmt: skip
    return {axis: {label_of(level): _set(names, axis, level) for level in values} for axis, values in levels.items()}


def at(scenario: Scenario, wanted: Axes, point: Mapping[str, str], correlation: float) -> Axes:
    """The same axes at one *point*, with another correlation."""
    names = [name for name, (part, _) in scenario.models.items() if part.name == "synthetic"]
    here = {axis: {point[axis]: levels[point[axis]]} for axis, levels in wanted.items()}
    return {**here, CORRELATION: {label_of(correlation): _set(names, CORRELATION, correlation)}}


def _set(names: Sequence[str], axis: str, level: Any) -> dict[str, Any]:
    return {f"models.{name}.{axis}": level for name in names}


def sensitivity_table(
    comparisons: Table,
    phi: Callable[[Mapping[str, Any]], float],
    refine: Callable[[Mapping[str, Any], float], tuple[Mapping[str, Any], float]],
) -> Table:
    """A row per comparison and setting of the other assumptions: its sign at each correlation, and where it flips.

    *phi* gives the error correlation measured for a row of the *comparisons*; *refine* the same
    comparison, and that correlation, at another value of `correlation`.
    """
    rows = [row for row in comparisons if row["kind"] == ARM and row["pairs"]]
    lines: dict[tuple[Any, ...], list[dict[str, Any]]] = {}
    for row in rows:
        lines.setdefault(_line(row), []).append(row)
    table = Table()
    for line in lines.values():
        line.sort(key=lambda row: float(row[CORRELATION]))
        table.append(_swept(line, phi, refine))
    whole: dict[tuple[Any, ...], list[dict[str, Any]]] = {}
    for row in table:
        whole.setdefault(tuple(value for name, value in _told(row).items() if name not in AXES), []).append(row)
    for group in whole.values():
        signs = {sign for row in group for sign in row["signs"].split()}
        holds = "0" not in signs and len(signs) == 1
        for row in group:
            row["holds_everywhere"] = int(holds)
    return table


def _line(row: Mapping[str, Any]) -> tuple[Any, ...]:
    return tuple(_told(row).values())


def _told(row: Mapping[str, Any]) -> dict[str, Any]:
    """What tells a line of comparisons from another: all that stands before the first number, but the correlation."""
    names = list(row)
    stop = names.index("pairs") if "pairs" in names else names.index("signs")
    return {name: row[name] for name in names[:stop] if name not in (CORRELATION, "kind")}


def _swept(
    line: Sequence[Mapping[str, Any]],
    phi: Callable[[Mapping[str, Any]], float],
    refine: Callable[[Mapping[str, Any], float], tuple[Mapping[str, Any], float]],
) -> dict[str, Any]:
    places = [float(row[CORRELATION]) for row in line]
    differences = [float(row["difference"]) for row in line]
    known = dict(zip(places, (phi(row) for row in line), strict=True))
    ends = {place: (float(row["low"]), float(row["high"])) for place, row in zip(places, line, strict=True)}

    def measured(correlation: float) -> float:
        row, known[correlation] = refine(line[0], correlation)
        ends[correlation] = float(row["low"]), float(row["high"])
        return float(row["difference"])

    flip = statistics.refined(places, differences, measured, STEPS)
    signs = ["0" if row["low"] <= 0 <= row["high"] else "+" if row["difference"] > 0 else "-" for row in line]
    side = next((difference for difference in differences if difference), 0.0)
    first = "above" if side > 0 else "below" if side < 0 else "level with"
    flat = f"{line[0]['arm']} is {first} {line[0]['baseline']}"
    around = (None, None) if flip is None else _around(flip, ends)
    there = math.nan if flip is None else _between(known, flip)
    if flip is not None:
        sure = "" if {"+", "-"} <= set(signs) else "in the mean, but not surely, "
        low, high = (place if end is None else end for end, place in zip(around, (places[0], places[-1]), strict=True))
        words = f"{flat} {sure}until correlation x {flip:.2f} ({low:.2f} to {high:.2f}"
        words += ")" if math.isnan(there) else f"; phi {there:.2f})"
    elif set(signs) in ({"+"}, {"-"}):
        words = f"{flat} at every correlation from x {places[0]:g} to x {places[-1]:g}"
    else:
        words = f"{flat} in the mean, but not surely at every correlation"
    return {**_told(line[0]), "signs": " ".join(signs), "least": min(differences), "most": max(differences),
            "flip": flip, "flip_low": around[0], "flip_high": around[1],
            "flip_phi": None if math.isnan(there) else there, "words": words, "holds_everywhere": 0}  # fmt: skip


def _around(flip: float, ends: Mapping[float, tuple[float, float]]) -> tuple[float | None, float | None]:
    """The interval of a *flip*: before it the difference is surely on one side of 0, and behind it on the other.

    *ends* has the interval of the difference at each correlation where it was measured; where one of its ends changes
    its sign, in straight lines between these, an end of the flip's interval is, at the same level. `None`: beyond all.
    """
    places = sorted(ends)
    found = [statistics.crossing(places, [ends[place][which] for place in places]) for which in (0, 1)]
    low = max((one for one in found if one is not None and one <= flip), default=None)
    return low, min((one for one in found if one is not None and one >= flip), default=None)


def _between(known: Mapping[float, float], place: float) -> float:
    """What is *known* at the places around *place*, in a straight line."""
    below = max((x for x in known if x <= place), default=None)
    above = min((x for x in known if x >= place), default=None)
    if below is None or above is None:
        return math.nan
    if above == below:
        return known[below]
    return known[below] + (known[above] - known[below]) * (place - below) / (above - below)
