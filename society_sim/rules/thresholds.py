"""How much is enough: quorum, supermajority, unanimity.

>>> from society_sim.rules.ballots import Ballots
>>> from society_sim.rules.positional import first_places
>>> count = first_places(Ballots.choices("AAAB", "AB"))
>>> supermajority(count, 4, 0.7), supermajority(count, 4, 0.8), unanimity(count, 4)
('A', None, None)
"""

from __future__ import annotations

from society_sim.rules.ballots import NEARLY, Tally


def enough(part: float, whole: float, share: float) -> bool:
    """Whether *part* is at least *share* of *whole*, and, where a majority is asked for (.5), more than half.

    Of votes that weigh nothing together no share is enough.

    >>> enough(2, 3, 2 / 3), enough(5, 10, 0.5), enough(4, 10, 0.4), enough(0, 0, 1)
    (True, False, True, False)
    """
    if not 0 <= share <= 1:
        raise ValueError(f"a share is from 0 to 1, not {share:g}")
    near = NEARLY * max(1.0, abs(whole))
    if share == 0.5:
        return part > whole / 2 + near
    return whole > 0 and part >= share * whole - near


def quorate(cast: int, electorate: int, quorum: float) -> bool:
    """Whether *cast* ballots are enough of an *electorate* by a *quorum*, a share from 0 to 1; at least, not more than.

    >>> quorate(5, 10, 0.5), quorate(4, 10, 0.5)
    (True, False)
    """
    if not 0 <= quorum <= 1:
        raise ValueError(f"a quorum is a share from 0 to 1, not {quorum:g}")
    return cast >= quorum * electorate - NEARLY


def supermajority(count: Tally, whole: float, share: float) -> str | None:
    """The only winner of *count*, if its support is at least *share* of *whole* (more than half, if that is .5)."""
    if len(count.winners) != 1:
        return None
    [winner] = count.winners
    return winner if enough(count.support[winner], whole, share) else None


def unanimity(count: Tally, whole: float) -> str | None:
    """The winner of *count*, if all of *whole* are for it."""
    return supermajority(count, whole, 1.0)
