"""How a government takes office: rules of ballots as data.

What a constitution asks for decides which governments can form at all: where nobody need vote for it, a minority can
govern (Bergman 1993, negative parliamentarism; Cheibub, Martin and Rasch 2021 on how the rules differ).

>>> passes("simple", 40, 30, 100), passes("absolute", 40, 30, 100), passes("negative", 0, 50, 100)
(True, False, True)
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType

from society_sim.errors import ScenarioError, nearest

Rule = Callable[[int, int, int], bool]
"""(seats for, seats against, seats of the house) -> whether the government takes office."""

RULES: Mapping[str, tuple[Rule, str]] = MappingProxyType({
    "absolute": (lambda yes, _, house: 2 * yes > house, "more than half of the house must vote for it"),
    "simple": (lambda yes, no, _: yes > no, "more must vote for it than against it"),
    "negative": (lambda _, no, house: 2 * no <= house, "it takes office unless more than half of the house is against"),
})  # fmt: skip
"""Name of a ballot -> its rule, and the words for it in prompts."""

_NEXT = "; failing that, in another ballot "


def passes(rule: str, yes: int, no: int, house: int) -> bool:
    """Whether the government takes office by the ballot *rule*; whoever votes neither way counts on neither side."""
    return RULES[rule][0](yes, no, house)


def checked(ballots: Sequence[str] | str) -> tuple[str, ...]:
    """*ballots* as a tuple of names in `RULES`; `ScenarioError` otherwise."""
    found = (ballots,) if isinstance(ballots, str) else tuple(ballots)
    for name in found:
        if name not in RULES:
            raise ScenarioError(f"no investiture rule {name!r}; {nearest(name, RULES)}")
    if not found:
        raise ScenarioError("an investiture has at least one ballot")
    return found


def in_words(ballots: Sequence[str]) -> str:
    """The ballots as a sentence.

    >>> read_words(in_words(("absolute", "simple")))
    ('absolute', 'simple')
    """
    return _NEXT.join(RULES[name][1] for name in ballots)


def read_words(words: str) -> tuple[str, ...]:
    """The ballots that a sentence of `in_words` names; `KeyError` if it is no such sentence."""
    names = {told: name for name, (_, told) in RULES.items()}
    return tuple(names[part] for part in words.split(_NEXT))
