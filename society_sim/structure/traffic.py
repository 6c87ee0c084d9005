"""Formal and informal: how much of what is said runs along the lines of reporting."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from society_sim.structure.shape import share


@dataclass(slots=True)
class Traffic:
    """Messages that were delivered: in all, along a line of reporting, between siblings, within communities and across.

    Siblings are members who report to the same boss, and not one to the other. *load*: messages that each member sent
    or was sent.
    """

    messages: int = 0
    along: int = 0
    siblings: int = 0
    within: int = 0
    across: int = 0
    load: Counter[int] = field(default_factory=Counter)

    def count(self, sender: int, target: int, *, line: bool, sibling: bool, same: bool | None, times: int = 1) -> None:
        """One message more, or *times* of them; *same* says whether both are of one community, if they have one."""
        self.messages += times
        self.along += times * line
        self.siblings += times * (sibling and not line)
        self.within += times * (same is True)
        self.across += times * (same is False)
        self.load[sender] += times
        self.load[target] += times

    @property
    def formality(self) -> float:
        """Share of messages between a member and its boss, either way."""
        return share(self.along, self.messages)

    @property
    def sibling_share(self) -> float:
        """Share of messages between members with the same boss."""
        return share(self.siblings, self.messages)

    @property
    def external_internal(self) -> float:
        """The E-I index of Krackhardt and Stern (1988): 1 if all messages cross communities, -1 if none does."""
        return share(self.across - self.within, self.across + self.within)

    @property
    def busiest(self) -> float:
        """Share of messages that the busiest member sends or is sent: 1 if all of them pass one desk."""
        return share(max(self.load.values(), default=0), self.messages)
