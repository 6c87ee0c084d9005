"""Peer prediction: answers are paid by the answers of others, where nobody will ever know what is right."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from typing import Annotated, Literal, TypeAlias

from society_sim.accounts import TREASURY
from society_sim.bounds import Coins, at_least
from society_sim.mechanisms import dealing
from society_sim.mechanisms.dealing import micro
from society_sim.mechanisms.lots import lot_of
from society_sim.registry import mechanism
from society_sim.rules.plurality import plurality
from society_sim.rules.scores import multi_task, output_agreement
from society_sim.society import Doing, Society
from society_sim.streams import lot as pick_by
from society_sim.values import Outcome, Question

Past: TypeAlias = Sequence[Mapping[int, Hashable]]
_NAME = "peer_prediction"
_TASKS = 3  # two others at least, to see how often both agree anyway


@mechanism
def peer_prediction(
    society: Society,
    question: Question,
    *,
    rule: Literal["multi_task", "output_agreement"] = "multi_task",
    tasks: Annotated[int, at_least(_TASKS)] = 20,
    reward: Coins = 1.0,
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
    settled by a fair lot. Facts: `peers` and `scores` by seat, for those who were scored. `ScenarioError` for fewer
    than three tasks or a reward below 0.

    Source: von Ahn and Dabbish (2004); Dasgupta and Ghosh (2013); Shnayder, Agarwal, Frongillo and Parkes (2016).
    """
    votes = yield from society.ask_all(question.text, question.form)
    cast = {seat: vote for seat, vote in votes.items() if vote is not None}
    past: Past = society.traces.memo.get((_NAME, society.within), ())
    peers = {seat: pick_by(others, dealing.lot(society, question, "peer", seat), "peer") for seat in cast
             if (others := [other for other in cast if other != seat])}  # fmt: skip
    last = [*past[1 - tasks :], cast]
    scores = {seat: score for seat, peer in peers.items() if (score := _score(rule, last, seat, peer)) is not None}
    society.traces.memo[_NAME, society.within] = tuple(last)
    shares = {seat: score if rule == "output_agreement" else (1 + score) / 2 for seat, score in scores.items()}
    due = {seat: micro(reward * max(0.0, share)) for seat, share in shares.items()}
    society.pay(*(one for seat, amount in due.items()
                  for one in dealing.transfers(society, {TREASURY: amount}, seat, "peer prediction")))  # fmt: skip
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

