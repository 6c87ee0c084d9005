"""Elect: several of the options win, by a rule for committees."""

from __future__ import annotations

from typing import Any, Literal

from society_sim.bounds import Positive, Share
from society_sim.mechanisms import polling
from society_sim.mechanisms.polling import Terms, Ties
from society_sim.registry import mechanism
from society_sim.rules import proportional
from society_sim.rules.ballots import Ballots, Ratings, Tally
from society_sim.rules.thresholds import quorate
from society_sim.rules.transferable import best_of, single_transferable
from society_sim.society import Doing, Society
from society_sim.values import Outcome, Question

_ASKS = {"single_transferable": "borda", "plurality": "plurality", "borda": "borda", "approval": "approval"}


@mechanism
def elect(
    society: Society,
    question: Question,
    *,
    seats: Positive = 2,
    rule: Literal["single_transferable", "plurality", "borda", "approval", "pav", "seqpav", "cc", "seqphragmen",
                  "equal_shares", "av", "sav"] = "single_transferable",
    ties: Ties = "lot",
    quorum: Share = 0.0,
    weights: str = "equal",
    partial: bool = False,
) -> Doing[Outcome]:
    """Everyone casts one ballot, and *seats* of the options are elected; the decision is the list of them.

    *rule*: `single_transferable` (rankings), `borda` (rankings), `plurality` (one vote, the most-voted win: the single
    non-transferable vote), `approval` (approvals, the most-approved win), and from approvals the proportional rules of
    `abcvoting`, an extra: `pav`, `seqpav`, `cc`, `seqphragmen`, `equal_shares`, `av`, `sav` (these know no weights).
    *partial*: rankings may leave options out. *ties*: see `vote`; `none` takes the order of the question here.
    *quorum*, *weights*: see `vote`; `log_odds` makes no sense with `single_transferable`.

    An abstention, and a ballot that cannot be read, is not counted; with no ballots, or without a quorum, nobody is
    elected and nothing is decided; `undecided` is why. Facts: `rule`, `seats`, `electorate`, `counted`, `tally`,
    `counts` (rounds before), `ties`. Elected are listed in the order of the question. `ScenarioError` before any call:
    more seats than options.

    Sources: Tideman (1995) for the transferable vote; Faliszewski et al. (2017), Multiwinner voting; Lackner and
    Skowron (2023) for approvals.
    """
    known = _ASKS.get(rule, "approval")
    terms = Terms(mechanism="elect", rule=known, ties=ties, quorum=quorum, weights=weights, partial=partial)
    options = question.options
    if not 1 <= seats <= len(options):
        raise terms.error(f"seats is {seats}; question {question.id!r} has {len(options)} options")
    if rule == "single_transferable" and weights == "log_odds":
        raise terms.error(f"weights log_odds may be negative, and {rule} passes on shares of votes that are not")
    if rule not in _ASKS:
        if weights != "equal":
            raise terms.error(f"rule {rule} knows no weights")
        proportional.library()
    form = terms.form(question)
    voters = polling.electorate(society, terms, question, None, None)
    worth = polling.weights_of(society, terms, question, voters)
    answers = yield from society.ask_all(question.text, form, voters)
    cast, values = yield from polling.collected(society, question.text, form, answers, answers.reason, "abstains")
    facts: dict[str, Any] = {"rule": rule, "seats": seats, "electorate": len(voters), "counted": len(cast.valid)}
    if not cast.valid:
        return Outcome(None, values, facts | {"undecided": "no ballots"})
    if not quorate(len(cast.valid), len(voters), quorum):
        return Outcome(None, values, facts | {"undecided": "no quorum"})
    said = [terms.plain(value) for value in cast.valid.values()]
    own = [worth[seat] for seat in cast.valid]
    count = _count(terms, rule, seats, said, own, options, terms.order(society, question, options))
    facts["tally"] = polling.told(count.scores)
    if count.rounds:
        facts["counts"] = [polling.told(one) for one in count.rounds]
    if count.ties:
        facts["ties"] = [list(tied) for tied in count.ties]
    if not count.winners:  # every ballot that counts names nobody
        return Outcome(None, values, facts | {"undecided": "no winner"})
    return Outcome(list(count.winners), values, facts)


def _count(
    terms: Terms, rule: str, seats: int, said: list[Any], own: list[float], options: tuple[str, ...], order: Any
) -> Tally:
    if rule == "single_transferable":
        return single_transferable(Ballots.of(said, options, own), seats, order)
    if rule in _ASKS:
        return best_of(terms.tally(said, options, own, order), seats, order)
    return proportional.committee(Ratings.approvals(said, options, own), rule, seats, order)
