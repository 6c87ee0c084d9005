"""Vote: one ballot each, by any rule."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from society_sim.bounds import Positive, Share, above
from society_sim.mechanisms import polling
from society_sim.mechanisms.polling import Abstentions, Invalid, Terms, Ties
from society_sim.registry import mechanism
from society_sim.rules.rulebook import RuleName
from society_sim.society import Doing, Society
from society_sim.streams import seed_of, uniforms
from society_sim.values import Outcome, Question


@mechanism
def vote(
    society: Society,
    question: Question,
    *,
    rule: RuleName = "plurality",
    ties: Ties = "lot",
    quorum: Share = 0.0,
    majority: Share = 0.0,
    abstentions: Abstentions = "left_out",
    invalid: Invalid = "abstains",
    weights: str = "equal",
    ballot: Literal["secret", "open"] = "secret",
    order: Literal["together", "seats", "lot"] = "together",
    drawn: Positive | None = None,
    strata: str | None = None,
    partial: bool = False,
    low: float = 0.0,
    high: float = 10.0,
    credit: Annotated[float, above(0)] = 100.0,
) -> Doing[Outcome]:
    """Everyone casts one ballot, and *rule* counts them; the outcome says how.

    *rule*: `plurality`, `unanimity` (a choice); `runoff`, `instant_runoff`, `bucklin`, `borda`, `anti_plurality`,
    `condorcet`, `copeland`, `minimax`, `schulze`, `ranked_pairs` (a ranking, with `partial: true` of some options
    only); `approval`; `range` (a number from *low* to *high* each); `quadratic` (votes, of which v cost v squared, out
    of *credit*). `rules.rulebook` has them as functions.
    *ties*: by an order of preference, `lot` (drawn by the run's seed and the question), `alphabetical`, `first` (as
    the question lists them, or free answers as they came by seat); with `none` a tie decides nothing.
    *quorum*: share of the electorate, 0 to 1, whose ballots must count, or nothing is decided.
    *majority*: share of the votes, 0 to 1, that the winner needs; .5 means more than half, any other at least as much.
    *abstentions*: no part of that whole (`left_out`), or part of it (`against`): so an absolute majority is asked for.
    *invalid*: a ballot that cannot be read (options that are not there, a credit overspent) `abstains`; is `present`,
    in quorum and majority, without being for anybody; or is asked for once more (`again`), which waits for all.
    *weights*: `equal`; `log_odds` of past accuracy in this run (0 for who is untested); `confidence`, which is asked
    for beside a choice (a ballot without one weighs 0); or the name of a trait or of an attribute of seats, numbers
    from 0.
    *ballot*: an `open` one is said aloud along ties. *order*: all `together`, or one after the other, by `seats` or by
    `lot`; then who votes later has heard the open ballots of those who may speak to it, as far as memory reaches.
    Nobody is told of a secret ballot; the record has it for the audit.
    *drawn*: how many are drawn by lot to vote; with *strata* (a trait or attribute) so many from each group as its
    share is.

    A member that fails abstains: it is not counted, and quorum and majority then apply. Facts: `rule`, `electorate`,
    `counted`, `invalid`, `abstained`, `tally` (the scores), `counts` (rounds before), `ties` (groups between which
    the order decided), `support`, `winners`, and, if nothing was decided, why (`undecided`).
    Where answers are free, `plurality` and `unanimity` count those that are spelt alike as one option.
    `ScenarioError` before any call if terms contradict each other, or a question has no options to rank or to rate.

    Sources: Brandt et al. (2016), Handbook of Computational Social Choice; for language models Zhao et al. (2024), An
    electoral approach to diversify LLM-based multi-agent collective decision-making.
    """
    stated = weights == polling.CONFIDENCE
    terms = Terms(mechanism="vote", rule=rule, ties=ties, quorum=quorum, majority=majority, abstentions=abstentions,
                  invalid=invalid, weights="equal" if stated else weights, partial=partial, low=low, high=high,
                  credit=credit)  # fmt: skip
    form: Any = terms.confident(question) if stated else terms.form(question)
    seats = polling.electorate(society, terms, question, drawn, strata)
    worth = polling.weights_of(society, terms, question, seats)
    answers: Any
    if order == "together":
        answers = yield from society.ask_all(question.text, form, seats)
        reasons = answers.reason
        if ballot == "open":
            polling.announced(society, answers)
    else:
        if order == "lot":
            lot = seed_of(society.seed, "turns", question.id)
            seats = sorted(seats, key=lambda seat: uniforms(lot, seat)[0])
        promises = yield from polling.in_turn(society, question, form, seats, ballot == "open")
        answers = {seat: promise.value for seat, promise in promises.items()}
        reasons = {seat: promise.reason for seat, promise in promises.items()}.get
    cast, values = yield from polling.collected(society, question.text, form, answers, reasons, invalid)
    if stated:
        cast, worth = polling.by_confidence(cast, worth)
    decision, facts = terms.decided(society, question, cast, worth)
    return Outcome(decision, values, facts)
