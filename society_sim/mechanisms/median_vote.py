"""Median vote: everyone names a number, and the one in the middle wins."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Literal

from society_sim.bounds import Share
from society_sim.forms import Number
from society_sim.mechanisms import polling
from society_sim.mechanisms.opinion_dynamics import opening, worded
from society_sim.mechanisms.polling import Terms
from society_sim.member import View
from society_sim.registry import mechanism
from society_sim.rules import numbers
from society_sim.rules.thresholds import quorate
from society_sim.society import Doing, Society
from society_sim.values import Outcome, Question


@mechanism
def median_vote(
    society: Society,
    question: Question,
    *,
    low: float = 0.0,
    high: float = 100.0,
    take: Literal["median", "mean"] = "median",
    quorum: Share = 0.0,
    weights: str = "equal",
) -> Doing[Outcome]:
    """Everyone is asked for a number from *low* to *high*; the (lower) median of them is the decision.

    *take*: `median`, or `mean`. Nobody gains by naming another number than its own when the median decides (Moulin
    1980); with the mean everybody but those at the ends does. *quorum*: share of members, 0 to 1, whose numbers must
    count, or nothing is decided.
    *weights*: see `vote`; `log_odds` makes no sense here. Where the question gives each an opinion to start with (task
    `opinions`), a member is told its own. A number outside the range cannot be read: such a member
    abstains, and is not counted. If all abstain, nothing is decided.
    Facts: `rule`, `electorate`, `counted`, `lowest`, `highest`. A question with options is an error, before any call.

    Source: Black (1948), Moulin (1980); the vote of the crowd on a number: Galton (1907).
    """
    terms = Terms(mechanism="median_vote", quorum=quorum, weights=weights, low=low, high=high)
    if question.options:
        raise terms.error(f"question {question.id!r} is a choice; it settles numbers")
    if weights == "log_odds":
        raise terms.error("weights log_odds may be negative, and there is no median then")
    seats = polling.electorate(society, terms, question, None, None)
    worth = polling.weights_of(society, terms, question, seats)
    held = (yield from opening(society, question, "median_vote")) if "start" in question.facts else {}
    votes = yield from society.ask_all(partial(_asked, question.text, held), Number(low, high))
    said = {seat: value for seat, value in votes.items() if value is not None and worth[seat] > 0}
    facts = {"rule": take, "electorate": len(seats), "counted": len(said)}
    if not said:
        return Outcome(None, votes, facts | {"undecided": "no ballots"})
    facts |= {"lowest": min(said.values()), "highest": max(said.values())}
    if not quorate(len(said), len(seats), quorum):
        return Outcome(None, votes, facts | {"undecided": "no quorum"})
    middle = numbers.median if take == "median" else numbers.mean
    return Outcome(middle(list(said.values()), [worth[seat] for seat in said]), votes, facts)


def _asked(text: str, held: Mapping[int, float], me: View) -> str:
    return f"{text}\nYour opinion so far: {worded(held[me.id])}" if me.id in held else text
