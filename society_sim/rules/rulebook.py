"""The rules of voting by name: what each asks of a voter, and how it counts.

>>> from society_sim.rules.ballots import Ballots
>>> RULEBOOK["borda"].asks, RULEBOOK["borda"].count(Ballots.of(["AB", "BA", "BA"], "AB"), None).winners
('ranking', ('B',))
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

from society_sim.rules import cardinal, elimination, pairwise, positional
from society_sim.rules.ballots import Order, Tally
from society_sim.rules.ranked_pairs import ranked_pairs

Asks: TypeAlias = Literal["choice", "ranking", "approved", "scores", "votes"]
"""What a voter says: one option; options best first; those it approves of; a number, or votes out of a credit, each."""
RuleName: TypeAlias = Literal[
    "plurality", "anti_plurality", "borda", "runoff", "instant_runoff", "bucklin", "approval", "range", "quadratic",
    "condorcet", "copeland", "minimax", "schulze", "ranked_pairs", "unanimity",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule: what it *asks* of a voter, and how it *counts* `Ballots` (`Ratings`, if it asks for numbers or approval).

    *backed*: its tally has a support, so that a majority can be asked for. *signed*: weights below 0 make sense.
    """

    name: str
    asks: Asks
    count: Callable[[Any, Order], Tally]
    backed: bool = False
    signed: bool = True


RULEBOOK = {rule.name: rule for rule in (
    Rule("plurality", "choice", positional.first_places, backed=True),
    Rule("unanimity", "choice", positional.first_places, backed=True, signed=False),
    Rule("runoff", "ranking", elimination.runoff, backed=True, signed=False),
    Rule("instant_runoff", "ranking", elimination.instant_runoff, backed=True, signed=False),
    Rule("bucklin", "ranking", elimination.bucklin, backed=True, signed=False),
    Rule("borda", "ranking", positional.borda),
    Rule("anti_plurality", "ranking", positional.anti_plurality),
    Rule("condorcet", "ranking", pairwise.condorcet),
    Rule("copeland", "ranking", pairwise.copeland),
    Rule("minimax", "ranking", pairwise.minimax),
    Rule("schulze", "ranking", pairwise.schulze),
    Rule("ranked_pairs", "ranking", ranked_pairs),
    Rule("approval", "approved", cardinal.approval, backed=True),
    Rule("range", "scores", cardinal.range_voting),
    Rule("quadratic", "votes", cardinal.range_voting),
)}  # fmt: skip
"""All rules with one winner, by name. A quadratic ballot's credit is checked when it is read."""
