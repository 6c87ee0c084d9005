"""What a row finds, and when a finding is accepted.

Exact values are compared with a tolerance. Shares are accepted inside the exact binomial region, means inside a
z-interval, or Student's where there are few of them, all at a
probability of a false alarm of one in a thousand for each finding.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

ALPHA = 1e-3
"""The probability that a right share or mean is refused."""
_Z = 3.2905267314918945  # the normal quantile of 1 - ALPHA / 2


@dataclass(frozen=True, slots=True)
class Finding:
    """One number: what was *expected*, what was *observed*, and from where to where it is accepted.

    *n* is how many draws stand behind it, 1 for an exact value. *reference* is what the literature's table prints, if
    it prints anything, beside what is computed here.
    """

    what: str
    expected: float
    observed: float
    low: float
    high: float
    n: int = 1
    reference: float | None = None

    @property
    def passed(self) -> bool:
        """Whether it is accepted; what is not a number is not."""
        return self.low <= self.observed <= self.high


def exact(
    what: str, observed: float, expected: float, *, within: float = 1e-9, reference: float | None = None
) -> Finding:
    """A value that chance has no part in.

    >>> exact("pi", 3.14, 3.14159, within=0.01).passed
    True
    """
    return Finding(what, expected, observed, expected - within, expected + within, reference=reference)


def share(what: str, right: int, n: int, expected: float, *, reference: float | None = None) -> Finding:
    """*right* of *n* independent draws, each right with probability *expected*: the exact binomial region.

    >>> found = share("heads", 512, 1000, 0.5)
    >>> found.passed, found.low, found.high
    (True, 0.448, 0.552)
    """
    from scipy.stats import binom

    low, high = float(binom.ppf(ALPHA / 2, n, expected)), float(binom.isf(ALPHA / 2, n, expected))
    return Finding(what, expected, right / n, low / n, high / n, n, reference)


def mean(what: str, values: Sequence[float], expected: float, *, reference: float | None = None) -> Finding:
    """The mean of independent *values*: a z-interval with their own standard deviation.

    >>> mean("dice", [1, 2, 3, 4, 5, 6] * 100, 3.5).passed
    True
    """
    n = len(values)
    if not n:
        return Finding(what, expected, math.nan, expected, expected, 0, reference)
    centre = math.fsum(values) / n
    spread = math.sqrt(math.fsum((value - centre) ** 2 for value in values) / max(1, n - 1) / n)
    return Finding(what, expected, centre, expected - _Z * spread, expected + _Z * spread, n, reference)


def replications(what: str, values: Sequence[float], expected: float, *, reference: float | None = None) -> Finding:
    """The mean of independent runs, few of them: Student's interval with their own standard deviation.

    Within a run one draw hangs together with the next, as waits in a line do; between runs nothing does.

    >>> found = replications("wait", [3.1, 4.9, 4.2, 3.6, 4.4, 3.8], 4.0)
    >>> found.passed, round(found.high, 2)
    (True, 5.78)
    """
    from scipy.stats import t

    found = mean(what, values, expected, reference=reference)
    if len(values) < 2:
        return replace(found, low=-math.inf, high=math.inf)
    half = (found.high - expected) * float(t.isf(ALPHA / 2, len(values) - 1)) / _Z
    return replace(found, low=expected - half, high=expected + half)


def band(
    what: str, observed: float, low: float, high: float, *, expected: float | None = None, n: int = 1,
    reference: float | None = None,
) -> Finding:  # fmt: skip
    """A value that must lie from *low* to *high*, which the source of the row gives."""
    return Finding(what, (low + high) / 2 if expected is None else expected, observed, low, high, n, reference)
