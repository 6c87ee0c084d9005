"""What a rewiring proposes, and what a society with a form takes of it.

A rewiring gives changes, and tuples of changes. A tuple is a proposal that stands alone: it may be refused while the
others are carried out. All plain changes together are one such proposal.

>>> from society_sim.changes import Link, Unlink
>>> alone([Link(0, 1), (Unlink(2, 3),), Link(1, 0)]) == [(Link(0, 1), Link(1, 0)), (Unlink(2, 3),)]
True
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from society_sim.changes import Change, Link, Proposal, Reweight, Unlink
from society_sim.errors import FormError

if TYPE_CHECKING:
    from society_sim.society import Society

Proposed = Iterable[Proposal]
_ORDER = {Unlink: 0, Link: 1, Reweight: 2}


def alone(proposed: Proposed) -> list[tuple[Change, ...]]:
    """The proposals that stand alone, in order: all plain changes as one, then each tuple."""
    given = list(proposed)
    plain = tuple(change for change in given if not isinstance(change, tuple))
    return [*([plain] if plain else []), *(some for some in given if isinstance(some, tuple) and some)]


def together(proposed: Proposed) -> list[Change]:
    """All that is *proposed* as one batch: of several proposals that move ties alone, first what goes, then what comes.

    >>> together([(Link(0, 1),), (Unlink(2, 3),)]) == [Unlink(2, 3), Link(0, 1)]
    True
    """
    proposals = alone(proposed)
    changes = [change for some in proposals for change in some]
    if len(proposals) > 1 and all(type(change) in _ORDER for change in changes):
        changes.sort(key=_place)
    return changes


def _place(change: Any) -> tuple[int, ...]:
    kind = _ORDER[type(change)]
    return (kind, change.source, change.target) if kind < 2 else (kind,)


def carry_out(society: Society, proposed: Proposed) -> Iterator[tuple[tuple[Change, ...], str]]:
    """Let *society* take what it can of what is *proposed*; what it keeps out, and why.

    All of it is one batch, if the form allows that. Else the proposals are tried one after the other, in order, each on
    what those before have left: looking at one costs what it touches, so a batch costs no more than it holds.
    """
    proposals = alone(proposed)
    try:
        society.apply(*together(proposals))
    except FormError as error:
        if len(proposals) == 1:
            yield proposals[0], str(error)
            return
        for some in proposals:
            try:
                society.apply(*some)
            except FormError as its_own:
                yield some, str(its_own)


def plain(change: Change) -> dict[str, Any]:
    """*change* as an entry of the record has it.

    >>> plain(Unlink(2, 3))
    {'change': 'Unlink', 'source': 2, 'target': 3}
    """
    return {"change": type(change).__name__, **asdict(change)}
