"""Peer prediction: answers are paid by the answers of others, where nobody will ever know what is right."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from typing import Annotated, Literal, TypeAlias

from society_sim.accounts import TREASURY
from society_sim.bounds import NonNegative, at_least
from society_sim.mechanisms import dealing
from society_sim.mechanisms.dealing import micro
from society_sim.mechanisms.lots import lot_of
from society_sim.mechanisms.wagers import check_settles
from society_sim.registry import mechanism
from society_sim.rules.plurality import plurality
from society_sim.rules.scores import multi_task, output_agreement
from society_sim.society import Doing, Society
from society_sim.streams import lot as pick_by
from society_sim.values import Outcome, Question

Past: TypeAlias = Sequence[Mapping[int, Hashable]]


@mechanism
def peer_prediction(
    society: Society,
    question: Question,
    *,
    rule: Literal["multi_task", "output_agreement"] = "multi_task",
    tasks: Annotated[int, at_least(3)] = 20,
    reward: NonNegative = 1.0,
) -> Doing[Outcome]:
    """Everyone answers; the plurality decides, and each is paid by how its answer fits that of a peer drawn by lot.

    *rule*: `output_agreement`, 1 where both say the same, and 0 where not; or `multi_task`, agreement on this question
    less how often the two would agree on two different ones, among the last *tasks* questions that this society has
    settled so: to say the same thing always earns nothing, and to be informed and truthful pays most (from 1 down to
    below 0). It takes three questions that both have answered; before, nothing is paid. No right answer is needed.

    With the section `money`, the treasury pays up to *reward* coins for each answer: for agreement all of it; under
    `multi_task` (1 + score) / 2 of it, for nobody is fined. If it cannot pay all, it pays nobody, and the record says
    so.

    An abstention is not counted and not paid, and is nobody's peer; if all abstain, nothing is decided; ties are
    settled by a fair lot. Facts: `peers` and `scores` by seat, for those who were scored. `ScenarioError` for a
    question in which answers are not chosen or put in words (a number, a sale): equal answers would be chance.

    Source: von Ahn and Dabbish (2004); Dasgupta and Ghosh (2013); Shnayder, Agarwal, Frongillo and Parkes (2016).
    """
    check_settles(question, "peer_prediction", opinions=True)
    votes = yield from society.ask_all(question.text, question.form)
    cast = {seat: vote for seat, vote in votes.items() if vote is not None}
    peers = {seat: pick_by(others, dealing.lot(society, question, "peer", seat), "peer") for seat in cast
             if (others := [other for other in cast if other != seat])}  # fmt: skip
    last = society.traces.recall(("peer_prediction", society.within), cast, tasks)
    scores = {seat: score for seat, peer in peers.items() if (score := _score(rule, last, seat, peer)) is not None}
    shares = {seat: score if rule == "output_agreement" else (1 + score) / 2 for seat, score in scores.items()}
    due = {seat: micro(reward * max(0.0, share)) for seat, share in shares.items()}
    society.pay(*dealing.payouts(society, TREASURY, due, "peer prediction"))
    facts = {"peers": {seat: peers[seat] for seat in scores},
             "scores": {seat: round(score, 9) for seat, score in scores.items()}}  # fmt: skip
    return Outcome(plurality(votes.values(), lot_of(society, question)), votes, facts)


def _score(rule: str, last: Past, seat: int, peer: int) -> float | None:
    """What *seat* scores for its last answer beside that of *peer*; `None` if it cannot be told yet."""
    numbers: dict[Hashable, int] = {}

    def told(who: int) -> list[int]:
        return [numbers.setdefault(cast[who], len(numbers)) if who in cast else -1 for cast in last]

    mine, its = told(seat), told(peer)
    if rule == "output_agreement":
        return float(output_agreement(mine[-1:], its[-1:])[0])
    score = float(multi_task(mine, its)[-1])
    return score if score == score else None  # not a number: too few questions
