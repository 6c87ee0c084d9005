"""The time line: moments as lines to read and to go to, of the kinds and with the words that somebody wants."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any

from society_viz.view.track import Moment

_AROUND = 150
"""So many moments before and after where we are are listed; a filter looks through all of them."""


def timeline(
    moments: Sequence[Moment], lines: Callable[[int], tuple[str, ...]], place: int, hidden: Sequence[str] = (),
    words: str = "",
) -> dict[str, Any]:  # fmt: skip
    """The rows (number, time, kind, caption) around *place* that are not *hidden* and have *words* in them.

    *lines* gives the caption of a moment by its number; only those are asked for that are listed or looked through.
    `kinds` has each kind of moment with how often there is one.
    """
    kinds = Counter(moment.kind for moment in moments)
    wanted, sought = [at for at, one in enumerate(moments) if one.kind not in hidden], words.casefold().strip()
    if sought:
        wanted = [at for at in wanted if any(sought in line.casefold() for line in lines(at))]
    here = sum(at < place for at in wanted)
    start = max(here - _AROUND, 0)
    shown = wanted[start : here + _AROUND]
    return {
        "kinds": [[kind, many] for kind, many in kinds.items()],
        "rows": [[at, f"{moments[at].t:,.6g}", moments[at].kind, next(iter(lines(at)), "") or "…"] for at in shown],
        "told": f"{len(shown):,} of {len(wanted):,} moments" if len(shown) < len(wanted) else "",
    }  # fmt: skip
