"""What markets have in common: what a thing is worth to each, what each can pay, and how money changes hands.

All amounts are whole micro-coins within a market, and coins where they are told. In a scenario with the section `money`
they are paid; without, nobody has a purse and nothing is paid: the market is on paper.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias

from society_sim.accounts import MICRO, TREASURY, Owner, Refusal, escrow
from society_sim.changes import Transfer
from society_sim.errors import ScenarioError, SocietyError
from society_sim.member import Member, View
from society_sim.rules.market_text import told
from society_sim.rules.opinions import starting
from society_sim.society import Society
from society_sim.streams import seed_of, uniforms
from society_sim.values import Question


def worths(
    society: Society, question: Question, name: str, *, key: str = "values", task: str = "goods"
) -> dict[int, int]:
    """What the thing is worth to each who is present, as the question's facts have it under *key* (task `goods`).

    `ScenarioError` if they say nothing, or too little. *name* is the mechanism's, *task* the one that says it.
    """
    values = question.facts.get(key)
    if values is None:
        raise ScenarioError(f"mechanism {name!r}: question {question.id!r} does not say what the thing is worth to "
                            f"whom; use task {task}")  # fmt: skip
    size = len(society.members)
    if values["how"] == "given" and len(values["values"]) < size:
        raise ScenarioError(f"mechanism {name!r}: {len(values['values'])} values for {size} members; give one each")
    own = starting({"others": None, **values}, size, *question.facts["drawn"])
    return {member.id: micro(own[member.id]) for member in society.present}


def micro(coins: float) -> int:
    """Coins in whole micro-coins, to the nearest.

    >>> micro(0.1 + 0.2), coins(micro(12.5))
    (300000, 12.5)
    """
    return round(coins * MICRO)


def coins(amount: int) -> float:
    """Whole micro-coins in coins."""
    return amount / MICRO


def in_coins(amounts: Mapping[Any, int]) -> dict[Any, float]:
    """*amounts* in coins, as the record has them."""
    return {name: coins(amount) for name, amount in amounts.items()}


def in_micro(said: Mapping[int, float | None]) -> dict[int, int | None]:
    """What each has *said*, in coins, as whole micro-coins; an abstention stays one."""
    return {seat: None if amount is None else micro(amount) for seat, amount in said.items()}


def lot(society: Society, question: Question, *names: str | int) -> int:
    """The lot that settles equal offers of *question*; *names* tell several of them apart.

    Its luck is another than that of `lots.lot_of`, which settles counts: a question may have both.
    """
    return seed_of(society.seed, "deal", question.id, *society.within, *names)


def in_order(society: Society, question: Question, order: str, turn: int = 0) -> Sequence[Member]:
    """Who is present, by `seats`, or by `lot`, drawn anew for each question and *turn*."""
    present = society.present
    if order == "seats":
        return present
    drawn = lot(society, question, "order", turn)
    return sorted(present, key=lambda member: uniforms(drawn, member.id)[0])


def pot_of(society: Society, question: Question) -> str:
    """The escrow of *question*; each community that settles it by itself has its own."""
    return escrow("/".join((question.id, *society.within)))


def purse(society: Society, owner: Owner) -> int | None:
    """What *owner* can pay; `None` where there is no money."""
    unit = society.payments.unit
    return None if unit is None else society.accounts.free(owner, unit)


def purse_told(society: Society, seat: int) -> float | None:
    """What *seat* can pay, in coins, as its prompt says; `None`, which prompts leave out, where there is no money."""
    has = purse(society, seat)
    return None if has is None else coins(has)


Facts: TypeAlias = Mapping[int, Mapping[str, Any]]
"""What each seat is told of a market: the facts of `market_text.Known`, by their names."""


def told_to(society: Society, worth: Mapping[int, int], **facts: Any) -> Facts:
    """What each of *worth* is told: the *facts* that all are, what the thing is worth to itself, and its purse."""
    return {seat: {**facts, "worth": coins(own), "purse": purse_told(society, seat)} for seat, own in worth.items()}


def asked(text: str, known: Facts, ask: str, me: View) -> str:
    """What *me* is asked: *text*, what it is told, and what it is to say (*ask*)."""
    return f"{told(text, **known[me.id])}\n{ask}"


Offers: TypeAlias = Mapping[int, int | None]
"""What each seat offers to pay; `None` is no offer."""


def covered(society: Society, offers: Offers, why: str, to: Owner = TREASURY) -> Offers:
    """*offers*, and no offer in place of each that is above the purse: the record says that it was declined."""
    found: dict[int, int | None] = {}
    for seat, offer in offers.items():
        has = purse(society, seat) if offer is not None else None
        if offer is not None and has is not None and offer > has:
            refusal = Refusal("covered", f"{seat} can pay {coins(has):g}, and offers {coins(offer):g}")
            society.payments.decline(Transfer(seat, to, offer, society.payments.unit or "", why), refusal)
            offer = None
        found[seat] = offer
    return found


def transfers(society: Society, pays: Mapping[Any, int], to: Owner, why: str) -> Sequence[Transfer]:
    """What each of *pays* owes *to*; nothing where there is no money."""
    unit = society.payments.unit
    if unit is None:
        return ()
    return [Transfer(source, to, amount, unit, why) for source, amount in pays.items() if amount > 0 and source != to]


def payouts(society: Society, source: Owner, gets: Mapping[Any, int], why: str) -> Sequence[Transfer]:
    """What each of *gets* is owed by *source*; nothing where there is no money."""
    unit = society.payments.unit
    return [] if unit is None else [Transfer(source, to, amount, unit, why) for to, amount in gets.items() if amount]


def paid(society: Society, pays: Mapping[Any, int], to: Owner, why: str) -> bool:
    """Let each of *pays* pay *to*, all or none; whether they could. On paper everybody can."""
    return society.pay(*transfers(society, pays, to, why))


def afford(society: Society, question: Question, amount: int, name: str) -> None:
    """See before anybody is asked that the treasury can pay what the question may cost it; `SocietyError` if not."""
    has = purse(society, TREASURY)
    if has is not None and has < amount:
        raise SocietyError(f"mechanism {name!r}: the treasury cannot pay the {coins(amount):g} coins that question "
                           f"{question.id!r} may cost it, for it has {coins(has):g}; give it more (money.treasury), or "
                           "promise less")  # fmt: skip


def endow(society: Society, question: Question, amount: int, name: str, why: str) -> None:
    """Put what members may win beyond what they pay into the escrow of *question*, before anybody pays (`afford`)."""
    afford(society, question, amount, name)
    society.apply(*transfers(society, {TREASURY: amount}, pot_of(society, question), why))


def prizes(society: Society, question: Question, answers: Mapping[int, Any], prize: int) -> dict[Any, list[Transfer]]:
    """What becomes of the escrow of *question*, by what is right: a *prize* for each of *answers* that gives it.

    What is left of it goes back to the treasury, and so does all of it if nobody was right, or nobody ever knows.
    """
    unit = society.payments.unit
    if unit is None:
        return {}
    pot = pot_of(society, question)
    whole = society.accounts.balance(pot, unit)
    given: dict[Any, list[int]] = {None: []}
    for seat, answer in answers.items():
        if answer is not None:
            given.setdefault(answer.strip() if isinstance(answer, str) else answer, []).append(seat)
    return {answer: [*payouts(society, pot, dict.fromkeys(seats, prize), "prize"),
                     *transfers(society, {pot: whole - prize * len(seats)}, TREASURY, "refund")]
            for answer, seats in given.items()}  # fmt: skip


def result(worth: Mapping[int, int], gets: Mapping[int, int], pays: Mapping[int, int], best: int) -> dict[str, Any]:
    """What the record says of a market: who got how much, who paid what, and what all that was worth to those who got.

    *best*: the most that it could have been worth (`optimum`).
    """
    welfare = sum(worth[seat] * many for seat, many in gets.items())
    return {"gets": dict(gets), "pays": in_coins(pays), "revenue": coins(sum(pays.values())), "welfare": coins(welfare),
            "optimum": coins(best)}  # fmt: skip


def highest(worth: Mapping[int, int], units: int, reserve: int = 0) -> int:
    """The most that *units* can be worth if each member wants one, and nothing goes below the *reserve*."""
    return sum(sorted((own for own in worth.values() if own >= reserve), reverse=True)[:units])
