"""Reading: what the delivered prompt says that others, and the member itself, have answered. Nothing else is known.

The grammar, in lines or within one:

    NAME: OPTION (80%) because REASON          one peer, by name; confidence and reason may be missing
    Your neighbours say: A, B, A.              several peers, without names
    Answers of the group: 3 x A, 1 x B.        many peers, counted
    Your earlier answer: B (70%) because ...   the member's own
    Your notes say: A (80%); B (70%)           several peers, as the member has noted them
    NAME (trust 0.5): OPTION                   a voice that counts half
    NAME (earlier): OPTION                     what NAME said before its answer that stands elsewhere
    round 3                                    sets one round's luck apart from another's

An option counts only where it stands alone between separators after a colon, so words that happen to be options ("A",
"no") do no harm in running text; what a heading such as `Options:` lists is what may be answered and not what was. A
question is no report. The item's own text and the form's hint are left out. Takes linear time.

>>> read("Which? Your neighbours say: A, b and A. Your earlier answer: B (70%).", Choice(("A", "B")), "")
Social(own=Said(value='B', confidence=0.7, strength=None, weight=1.0), peers=(Said(value='A', ...), ...), ...)
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any, NamedTuple

from society_sim.backends.synthetic.arguments import strength
from society_sim.backends.synthetic.labels import Label, label
from society_sim.forms import Choice
from society_sim.streams import seed_of

_WRAPPING = " \t*_`'\"()[]{}.<>•-"
_AWKWARD = re.compile(r"[:,;.?!\n()/>]|\band\b|\bbecause\b|%", re.IGNORECASE)
_PIECES = re.compile(r"[;/\n]|,(?!\d)|\band\b")
_SENTENCE = re.compile(r"[.!?](?=\s|$|['\"\])}])")
_LAST_STOP = re.compile(r".*[,;.?!](?=\s)", re.DOTALL)
_LEAD = re.compile(
    r"(?:i (?:still )?(?:think|say|believe|choose|chose|vote for|voted for|would say|am for|answer)"
    r"|my answer is|the answer is|it is|it's|probably|option|for)(?: it is| that it is)? ",
    re.IGNORECASE,
)
_SURENESS = re.compile(r"(?:conf\w{0,8}:? ?)?(\d{1,3}(?:\.\d{1,4})?) ?(%?) ?(?:sure|confident|certain)?", re.IGNORECASE)
_NUMBER = re.compile(r"[$€£]?([+-]?\d{1,18}(?:,\d{3}){0,5}(?:\.\d{1,25})?(?:e[+-]?\d{1,2})?) ?%?", re.IGNORECASE)
_TIMES = re.compile(r"(\d{1,6}) [x×] ")
_ROUND = re.compile(r"\bround (\d{1,6})\b", re.IGNORECASE)
_PRIVATE_USE = 0xE000
_LONG = 500


class Said(NamedTuple):
    """An answer as it was reported: an option or a number, how sure (0 to 1), how strong its reason (sd)."""

    value: Any
    confidence: float | None = None
    strength: float | None = None
    weight: float = 1.0


class Social(NamedTuple):
    """All that a prompt says of answers: the member's *own* latest one, and the latest of each of its *peers*.

    *all* is what peers ever said, *mine* what the member itself did, first to last; *key* is the same for every
    wording, order and naming of the same content.
    """

    own: Said | None
    peers: tuple[Said, ...]
    all: tuple[Said, ...]
    key: int
    mine: tuple[Said, ...] = ()


NOTHING = Social(None, (), (), 0)


class _Report(NamedTuple):
    """One label with the answers that follow it. *empty*: nothing followed; *sure*: a confidence did."""

    label: Label
    said: tuple[Said, ...]
    empty: bool
    sure: float | None


@lru_cache(maxsize=2048)
def read(text: str, form: Any, about: str, options: tuple[str, ...] | None = None) -> Social:
    """What *text* says of answers to *form*; *about* is the item's own text.

    *options* are what may be chosen (those of *form*, if it is a choice); without any, answers are numbers.
    """
    rest = text.removesuffix(form.hint())
    if about:
        rest = rest.replace(about, "\n")
    if ":" not in rest:
        return NOTHING
    if options is None and isinstance(form, Choice):
        options = form.options
    for sign, option in _signs(options or ()):
        rest = rest.replace(option, sign)
    rest = rest.replace("(confidence:", "(confidence")
    mine: list[Said] = []
    spoken: list[Said] = []
    latest: dict[Any, Said] = {}
    listed: list[Any] = []
    for head, said in _reports(rest, options):
        if head.own:
            mine.append(said[-1])
            continue
        spoken += said
        if head.past:
            continue
        if len(said) > 1 or head.collective:
            latest.update({(head.name, len(spoken), place): one for place, one in enumerate(said)})
        else:
            latest[head.name] = said[0]
            if len(head.name) == 1:
                listed.append(said[0].value)
    if options is not None and tuple(listed) == options:  # "A: Paris", "B: Rome": what may be answered
        latest = {name: one for name, one in latest.items() if not isinstance(name, str) or len(name) != 1}
        spoken = list(latest.values())
    if not mine and not spoken:
        return NOTHING
    own = mine[-1] if mine else None
    rounds = _ROUND.findall(rest)
    content = sorted(["%s|%s|%s|%s" % one for one in spoken])  # noqa: UP031  # the quickest for a tuple
    key = seed_of(str(own), *content, rounds[-1] if rounds else "")
    return Social(own, tuple(latest.values()), tuple(spoken), key, tuple(mine))


@lru_cache(maxsize=256)
def _signs(options: tuple[str, ...]) -> tuple[tuple[str, str], ...]:
    """A sign in place of every option that would confuse the grammar, the longest first."""
    awkward = [(chr(_PRIVATE_USE + place), option) for place, option in enumerate(options) if _AWKWARD.search(option)]
    return tuple(sorted(awkward, key=lambda pair: -len(pair[1])))


@lru_cache(maxsize=256)
def _known(options: tuple[str, ...]) -> dict[str, str]:
    return {option.strip().casefold(): option for option in options} | dict(_signs(options))


def _value(piece: str, options: tuple[str, ...] | None) -> Any:
    """The option or the number that *piece* is, or `None`."""
    if options is None:
        number = _NUMBER.fullmatch(piece)
        return float(number.group(1).replace(",", "")) if number else None
    known, bare = _known(options), piece.casefold()
    found = known.get(bare)
    if found is None and ">" in bare:  # a ranking speaks for its first
        found = known.get(bare.partition(">")[0].strip(_WRAPPING))
    if found is None:
        lead = _LEAD.match(piece)
        found = known.get(bare[lead.end() :].strip(_WRAPPING)) if lead else None
    return found


def _reports(text: str, options: tuple[str, ...] | None) -> list[tuple[Label, tuple[Said, ...]]]:
    """Every label with the answers that follow it; under a heading that ends its line, bare lines count as well.

    A number is an answer only where the label, or the heading above it, speaks of answers: prompts are full of others.
    """
    found: list[tuple[Label, tuple[Said, ...]]] = []
    heading: Label | None = None
    for line in text.split("\n"):
        if ":" not in line:
            if not line or line.isspace():
                heading = None
            elif heading is not None and not heading.listing:
                said = _answers(line, options, heading.trust)
                if said:
                    found.append((heading._replace(collective=True), said))  # one of several: it has no name
            continue
        for head, said, empty, sure in (_line if len(line) < _LONG else _line.__wrapped__)(line, options):
            if empty:
                heading = head if head.reports or head.own or head.listing else heading
            elif sure is not None and found:
                before, (*others, last) = found[-1]
                found[-1] = (before, (*others, last._replace(confidence=sure)))
            elif said and not head.listing and (heading is None or not heading.listing) and (
                options is not None or head.own or head.reports or heading is not None
            ):  # fmt: skip
                found.append((head, said))
    return found


@lru_cache(maxsize=4096)
def _line(line: str, options: tuple[str, ...] | None) -> tuple[_Report, ...]:
    """What one line reports. Cached, for a peer's line is shown to many."""
    reports: list[_Report] = []
    parts = line.split(":")
    words = parts[0]
    for place, part in enumerate(parts[1:], 2):
        body, following = part, ""
        if place < len(parts):
            stop = _LAST_STOP.match(part)
            if stop:
                body, following = stop.group(), part[stop.end() :]
            elif "because" not in part:
                body, following = "", part
        before = _LAST_STOP.match(words)
        head = label(words[before.end() :] if before else words)
        if reports and reports[-1].empty and head.reports:  # "Ann: I answer: A" is Ann's
            quoted = head.name.startswith("my ")
            head = head._replace(name=f"{reports[-1].label.name}: {head.name}", own=head.own and not quoted)
        empty = not body or body.isspace()
        sure = _sureness(body.strip(_WRAPPING)) if head.sure else None
        said = () if empty or head.sure else _answers(body, options, head.trust)
        reports.append(_Report(head, said, empty, sure))
        words = following
    return tuple(reports)


def _answers(body: str, options: tuple[str, ...] | None, trust: float) -> tuple[Said, ...]:
    head, _, reason = body.partition("because")
    stop = _SENTENCE.search(head)
    if stop:
        if stop.group() == "?":
            return ()
        head = head[: stop.start()]
    found: list[Said] = []
    for piece in _PIECES.split(head):
        said = (_piece if len(piece) < _LONG else _piece.__wrapped__)(piece, options)
        if said is None:
            continue
        if said.value is not None:
            found.append(said if trust == 1 else said._replace(weight=trust * said.weight))
        elif found:  # "B, 70%"
            found[-1] = found[-1]._replace(confidence=said.confidence)
    if found and reason:
        found[-1] = found[-1]._replace(strength=strength(reason))
    return tuple(found)


@lru_cache(maxsize=4096)
def _piece(piece: str, options: tuple[str, ...] | None) -> Said | None:
    """What stands between two separators: an answer, perhaps with a confidence; or (value `None`) this alone."""
    bare = piece.strip(_WRAPPING)
    what = _value(bare, options) if bare else None
    if what is not None:
        return Said(what)
    many = _TIMES.match(bare)
    if many:
        what = _value(bare[many.end() :].strip(_WRAPPING), options)
        return None if what is None else Said(what, weight=float(many.group(1)))
    before, _, tail = bare.rpartition("(") if "(" in bare else bare.rpartition(" ")
    sure = _sureness(tail)
    what = _value(before.strip(_WRAPPING), options) if sure is not None else None
    return Said(what, sure) if what is not None or (sure is not None and not before) else None


def _sureness(words: str) -> float | None:
    found = _SURENESS.fullmatch(words.strip(_WRAPPING))
    if not found:
        return None
    share = float(found.group(1)) / (100 if found.group(2) else 1)
    return share if 0 <= share <= 1 else None
