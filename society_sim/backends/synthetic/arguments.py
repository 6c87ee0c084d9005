"""Arguments: how strong a case is, put into words by the speaker and read back from the words by the listener.

Strength is in standard deviations over answers, 0 is average. It is worded by the number and the firmness of the
evidence that a reason cites: one thin example is weak, four firm checks are strong. Nothing else in the wording
carries information. A reason that cites no evidence has no strength (`None`) and counts as average.

>>> reason = worded(1.2, 0.3)
>>> reason
'I keep coming back to a firm precedent and a firm figure and a firm parallel'
>>> strength(reason)
1.25
"""

from __future__ import annotations

import re

_FIRMNESS = ("thin", "fair", "good", "firm")
_NOUNS = ("check", "source", "figure", "example", "definition", "parallel", "derivation", "precedent")
_FRAMES = (
    "{}, which settles it for me",
    "{}, as far as I can see",
    "there is {} behind it",
    "it rests on {}",
    "I found {}",
    "what I have is {}",
    "of {}",
    "it is carried by {}",
    "I weighed {}",
    "{} point that way",
    "everything else lacks {}",
    "{} speak for it",
    "I could name {}",
    "the case has {}",
    "I keep coming back to {}",
    "{}, no more and no less",
    "I would cite {}",
    "there is {} to show",
    "I went through {}",
    "{} hold up",
)
_EVIDENCE = re.compile(rf"\b({'|'.join(_FIRMNESS)}) (?:{'|'.join(_NOUNS)})s?\b", re.IGNORECASE)
_UNIT = 0.3125  # sd per step of firmness: sixteen steps from -2.1875 (one thin piece) to 2.5 (four firm ones)
_MIDDLE = 8


def worded(z: float, u: float) -> str:
    """A reason of strength *z*; the uniform *u* chooses among wordings that mean the same."""
    quarters = min(16, max(1, round(z / _UNIT) + _MIDDLE))
    pieces = -(-quarters // 4)
    each, more = divmod(quarters, pieces)
    style = int(u * 7919 * len(_FRAMES))
    frame, first = style % len(_FRAMES), style // len(_FRAMES)
    named = [
        f"a {_FIRMNESS[each - (place >= more)]} {_NOUNS[(first + 3 * place) % len(_NOUNS)]}" for place in range(pieces)
    ]
    return _FRAMES[frame].format(" and ".join(named))


def strength(reason: str) -> float | None:
    """How strong *reason* is; `None` if it cites no evidence."""
    cited = _EVIDENCE.findall(reason)
    if not cited:
        return None
    steps = sum(_FIRMNESS.index(word.lower()) + 1 for word in cited)
    return (min(16, steps) - _MIDDLE) * _UNIT  # more than four firm pieces convince no more than four
