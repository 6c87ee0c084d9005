"""Labels: what the words before a colon say about what follows it, and whose answers these are.

>>> label("Your earlier answer").own
True
>>> label("Your neighbours say").collective
True
>>> label("Options").listing
True
>>> label("Ann (trust 0.5)")
Label(name='ann', own=False, collective=False, listing=False, sure=False, reports=False, trust=0.5, past=False)
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple

_LONGEST = 120
_WRAPPING = " \t*_`'\"()[]{}-•#>"
_ANSWER = r"(?:answer|vote|choice|opinion|estimate|view|position|ballot|guess|judge?ment|reply|preference|number|bid)"
_OWN = re.compile(
    rf"(?:your|my) (?:own |earlier |previous |last |latest |first |initial |current |private )*{_ANSWER}"
    r"(?: was| is| so far| before| earlier)?"
    r"|you (?:have |had )?(?:earlier |previously |first |last )?"
    r"(?:said|answered|voted|voted for|chose|thought|estimated|guessed|replied)(?: earlier| before)?"
)
_COLLECTIVE = re.compile(
    r"\b(?:neighbou?rs?|peers?|others?|colleagues?|members?|group|they|friends|people|agents|everybody|everyone|panel"
    r"|team|notes|votes|answers|ballots|opinions|estimates|views|round)\b"
)
_REPORTS = re.compile(
    r"\b(?:says?|said|answer(?:s|ed)?|estimat\w{1,5}|thinks?|thought|vot(?:es?|ed)|guess\w{0,4}|report\w{0,4}"
    r"|believ\w{1,3}|repl(?:y|ies|ied)|opinions?|views?|ballots?|propos\w{1,4}|chose|choices?)\b"
)
_LISTING = re.compile(
    r"(?:\b(?:options?|choices?|candidates?|alternatives?|one of|among|between|from|choose|pick|rank|format|example)"
    r"|possible answers|allowed answers|e\.g)(?: are| is)?$"
    r"|^(?:please )?(?:reply|answer|respond|vote) (?:with|for|by|in)\b"
    r"|^(?:valid|allowed|eliminated|ruled out|nobody|none)\b"
    r"|\b(?:previous|last) question\b"
)
_SEAT = re.compile(r"(?:member|agent|model|player|voter) [\w-]{1,20}")
_SURE = re.compile(r"(?:your |stated )?confidence|how sure")
_PAST = re.compile(r" \(earlier\)$")
_TRUST = re.compile(r"\(?trust:? ?(\d{1,6}(?:\.\d{1,18})?)\)?$")


class Label(NamedTuple):
    """Whose answers follow: those of a *name*, one's *own*, those of a *collective*.

    Or none: the *listing* of what may be answered, or the confidence (*sure*) of the answer before. *reports*: the
    words speak of answers. *trust* multiplies a voice. *past*: a later answer of the same name stands elsewhere.
    """

    name: str
    own: bool
    collective: bool
    listing: bool
    sure: bool
    reports: bool
    trust: float
    past: bool = False


@lru_cache(maxsize=4096)
def label(words: str) -> Label:
    """What *words*, which stand before a colon, announce."""
    bare = words[-_LONGEST:].strip(" \t*_`'\"[]{}-•#>").casefold()
    trust = 1.0
    found = _TRUST.search(bare)
    if found:
        trust, bare = float(found.group(1)), bare[: found.start()]
    past = _PAST.search(bare)
    bare = (bare[: past.start()] if past else bare).strip(_WRAPPING)
    own = _OWN.fullmatch(bare) is not None
    listing = not own and _LISTING.search(bare) is not None
    collective = not own and not listing and not _SEAT.fullmatch(bare) and _COLLECTIVE.search(bare) is not None
    sure = _SURE.fullmatch(bare) is not None
    return Label(bare, own, collective, listing, sure, collective or _REPORTS.search(bare) is not None, trust,
                 past is not None)  # fmt: skip
