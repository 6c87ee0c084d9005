"""Contract net: a manager announces tasks, others bid for them, the best bid gets the task and reports on it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from math import log
from typing import Any, Literal

from society_sim.accounts import TREASURY
from society_sim.bounds import Coins, Positive
from society_sim.changes import Transfer
from society_sim.errors import ScenarioError
from society_sim.forms import Number
from society_sim.mechanisms import dealing
from society_sim.mechanisms.conversation import Pick, chosen, tell
from society_sim.mechanisms.dealing import coins, micro
from society_sim.member import Member, View
from society_sim.registry import mechanism
from society_sim.rules.market_text import amount as shown
from society_sim.rules.market_text import told
from society_sim.rules.matching import optimal_assignment
from society_sim.rules.tenders import Award, award
from society_sim.society import Doing, Society
from society_sim.streams import uniforms
from society_sim.values import Outcome, Question

_MOST = 100  # times the mean cost is the most that can be asked for a job
_OFFER = Number(0, 100)


@mechanism
def contract_net(
    society: Society,
    question: Question,
    *,
    origin: Pick = "central",
    load: Positive | None = 1,
    pays: Literal["own", "next"] = "own",
    reputation: Coins = 0.0,
    ceiling: Coins | None = None,
) -> Doing[Outcome]:
    """A manager announces one task after another along its ties, contractors bid, the best is awarded it and reports.

    All of it are messages on the graph: an announcement to each whom the manager can reach, a bid from each who can
    reach the manager, an award, a report. What no tie carries, or a channel loses, does not come: who has not heard of
    a task does not bid for it. The manager is the member with the most ties, the first, or one by lot (*origin*:
    `central`, `first`, `lot`), and does none of the tasks.

    *A question of the task `jobs`* has a list of them. A contractor is told what the job would cost it, and asks for a
    price; the lowest gets the job, and is paid its `own` price or the `next` one (*pays*), out of the treasury if there
    is money: a job that cannot be paid is not done. Whoever has *load* jobs is busy and is not asked (`null`: nobody
    ever is). *ceiling*, in coins: dearer bids do not count. *Any other question* is one task, to answer it. Contractors
    bid how sure they are that they would answer rightly, in per cent; who is surest is asked, and its answer, when it
    has been reported, is the decision. If no bid comes, the manager is asked itself.

    *reputation*: what the share of right answers so far in this run (by Laplace's rule, 0 to 1) is worth: in coins of a
    price, or in per cent of being sure. With 0 the bids alone count; who was asked nothing but bids has no reputation,
    and counts as right half of the time. Equal bids are settled by a fair lot. An
    abstention is no bid; if the winner gives no answer, nothing is decided. The manager waits for all bids on a task
    before it awards it, and for the report before it goes on. Every award is an entry. Facts: `manager`, `bids` (how
    many came), `gets` (jobs by seat) and, of jobs, `earned` (by seat), `cost` (what they really cost those who do
    them), `least_cost` (had they been given out best, all at once) and `undone`. `ScenarioError` for a load below 1, a
    reputation or a ceiling below 0.

    Source: Smith (1980), The contract net protocol; with costs that are exponential with mean 1, and as many
    contractors as jobs, one at a time, they cost 1 + 1/2 + ... + 1/n, and 1 + 1/4 + ... + 1/n^2 at the least (Parisi
    1998; Linusson and Wastlund 2004).
    """
    jobs = "jobs" in question.facts
    costs = _costs(society, question) if jobs else {}
    if not society.present:
        return Outcome(None)
    [manager] = chosen(society, question, 1, origin)
    net = _Net(society, question, manager, costs, reputation, ceiling, pays)
    if not jobs:
        return (yield from _answered(net))
    done: dict[int, Award[int]] = {}
    for job in range(question.facts["jobs"]):
        free = [seat for seat in costs if load is None or len(net.gets.get(seat, ())) < load]
        if (given := (yield from _given(net, job, free))) is not None:
            done[job] = given
    return Outcome(None, facts={**_facts(net), **_worth(net, done, load)})


@dataclass(frozen=True, slots=True)
class _Net:
    """One manager and its contractors; *costs* by seat and job, if there are any; *came*: the bids on each task."""

    society: Society
    question: Question
    manager: Member
    costs: Mapping[int, Sequence[int]]
    reputation: float
    ceiling: float | None
    pays: str
    gets: dict[int, list[int]] = field(default_factory=dict)
    came: list[int] = field(default_factory=list)


def _given(net: _Net, job: int, free: Sequence[int]) -> Doing[Award[int] | None]:
    """Announce *job* to all, ask those who are *free* what they want for it, and give it to the best."""
    society, costs, name = net.society, net.costs, f"job {job + 1}"
    words = partial(_asked, net.question.text, name, {seat: costs[seat][job] for seat in free}, net.pays)
    most = _MOST * max(1.0, _mean(net.question))
    news = f"Announced: {name}. Who does it, and for how much?"
    bids = yield from _collected(net, news, free, words, Number(0, most))
    prices = {seat: micro(price) for seat, price in bids.items()}
    best = award(prices, qualities=_qualities(net, prices), worth=micro(net.reputation),
                 ceiling=None if net.ceiling is None else micro(net.ceiling),
                 pricing="first" if net.pays == "own" else "second",
                 lot=dealing.lot(society, net.question, "award", job))  # fmt: skip
    winner = best.winner
    if winner is None:
        return None
    given = f"Awarded to you: {name}, for {shown(coins(best.price))}."
    heard = yield from tell(society, [(net.manager, given, [winner])])
    if not heard[net.manager.id] or not _paid(society, winner, best.price, name):
        return None
    society.log("award", about=net.question.id, job=job, member=winner, price=coins(best.price),
                cost=coins(costs[winner][job]))  # fmt: skip
    net.gets.setdefault(winner, []).append(job)
    yield from tell(society, [(society.members[winner], f"Reported: {name} is done.", [net.manager.id])])
    return best


def _answered(net: _Net) -> Doing[Outcome]:
    """Announce the question, ask all how sure they are, and let the surest answer it."""
    society, question, manager = net.society, net.question, net.manager
    others = [member.id for member in society.present if member is not manager]
    text = f"{question.text}\nHow sure are you, in per cent, that you would answer this rightly? The surest is asked."
    bids = yield from _collected(net, f"Announced: {question.text}", others, text, _OFFER)
    best = award({seat: 100 - sure for seat, sure in bids.items()}, qualities=_qualities(net, bids),
                 worth=net.reputation, lot=dealing.lot(society, question, "award"))  # fmt: skip
    winner = manager.id if best.winner is None else best.winner
    if best.winner is not None:
        society.log("award", about=question.id, member=winner, sure=bids[winner])
        heard = yield from tell(society, [(manager, "Awarded to you: please answer it.", [winner])])
        if not heard[manager.id]:
            return Outcome(None, facts=_facts(net))
    net.gets[winner] = [0]
    said = yield from society.ask_all(question.text, question.form, [winner])
    decision = said[winner]
    if best.winner is not None and decision is not None:
        report = [(society.members[winner], f"Reported: my answer is {decision}", [manager.id])]
        heard = yield from tell(society, report)
        decision = decision if heard[winner] else None
    return Outcome(decision, said, _facts(net))


def _collected(net: _Net, news: str, free: Sequence[int], words: Any, form: Number) -> Doing[dict[int, float]]:
    """Announce *news*, ask those of the *free* who have heard it, and give the bids that came to the manager."""
    society, manager = net.society, net.manager
    audience = [member.id for member in society.present if member.id in manager.audience]
    heard = yield from tell(society, [(manager, news, audience)])
    reached = [seat for seat in heard[manager.id] if seat in free]
    said = yield from society.ask_all(words, form, reached, purpose="bid")
    bids = {seat: bid for seat, bid in said.items() if bid is not None}
    sayings = [(society.members[seat], f"Bid: {shown(bid)}", [manager.id]) for seat, bid in bids.items()]
    sent = yield from tell(society, sayings)
    came = {seat: bid for seat, bid in bids.items() if sent[seat]}
    net.came.append(len(came))
    return came


def _qualities(net: _Net, seats: Mapping[int, Any]) -> dict[int, float]:
    """How good each has been so far in this run: its share of right answers, by Laplace's rule."""
    known = {seat: net.society.standing(seat) for seat in seats}
    return {seat: (one.right + 1) / (one.answered + 2) for seat, one in known.items()}


def _paid(society: Society, seat: int, price: int, why: str) -> bool:
    """Pay for a job, where there is money; whether it was paid."""
    unit = society.payments.unit
    return unit is None or not price or society.pay(Transfer(TREASURY, seat, price, unit, why))


def _costs(society: Society, question: Question) -> dict[int, list[int]]:
    """What each job costs each who is present."""
    facts, size = question.facts["costs"], len(society.members)
    many = range(question.facts["jobs"])
    if facts["how"] == "given":
        if len(facts["values"]) < size:
            raise ScenarioError(f"mechanism 'contract_net': costs of {len(facts['values'])} of {size} members; give "
                                "some for each")  # fmt: skip
        return {member.id: [micro(cost) for cost in facts["values"][member.id]] for member in society.present}
    return {member.id: [micro(-facts["mean"] * log(uniforms(facts["seed"], "cost", member.id, job)[0])) for job in many]
            for member in society.present}  # fmt: skip


def _mean(question: Question) -> float:
    facts = question.facts["costs"]
    return float(facts["mean"] if facts["how"] != "given" else max((max(own) for own in facts["values"]), default=1.0))


def _facts(net: _Net) -> dict[str, Any]:
    return {"manager": net.manager.id, "bids": sum(net.came), "gets": dict(net.gets)}


def _worth(net: _Net, done: Mapping[int, Award[int]], load: int | None) -> dict[str, Any]:
    """What the jobs that were done cost, what they would have cost at the least, and what was paid for them."""
    costs, many = net.costs, net.question.facts["jobs"]
    others = [own for seat, own in costs.items() if seat != net.manager.id]
    earned: dict[int, int] = {}
    for given in done.values():
        if given.winner is not None:
            earned[given.winner] = earned.get(given.winner, 0) + given.price
    spent = sum(costs[given.winner][job] for job, given in done.items() if given.winner is not None)
    rows = [[own[job] for job in done] for own in others for _ in range(min(many, load or many))]
    least = 0
    if done:
        taken = optimal_assignment(rows)
        least = sum(rows[row][column] for row, column in enumerate(taken) if column is not None)
    return {"earned": dealing.in_coins(earned), "cost": coins(spent), "least_cost": coins(least),
            "undone": [job for job in range(many) if job not in done]}  # fmt: skip


def _asked(text: str, name: str, costs: Mapping[int, int], pays: str, me: View) -> str:
    known = told(f"{text}\nThis is about {name}.", pricing="lowest" if pays == "own" else "second_lowest",
                 cost=coins(costs[me.id]))  # fmt: skip
    return f"{known}\nWrite for how much you would do it."
