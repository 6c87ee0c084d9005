"""Forming a government in parliament: a formateur proposes, invited parties answer, the house votes."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Any, Literal

from society_sim.bounds import Natural, Positive
from society_sim.errors import ScenarioError, nearest
from society_sim.forms import Choice
from society_sim.mechanisms.formation_talks import Bench, talks
from society_sim.registry import mechanism
from society_sim.rules import coalitions
from society_sim.rules import formation_text as words
from society_sim.rules.investiture import RULES, checked, passes
from society_sim.rules.parliament import ROLES, SCALES, Parliament, Party, places, utility
from society_sim.rules.portfolios import gamson
from society_sim.society import Doing, Society
from society_sim.values import Outcome, Question

BALLOT = Choice(("yes", "no", "abstain"))


@mechanism
def government_formation(
    society: Society,
    question: Question,
    *,
    rounds: Positive = 3,
    formateurs: Positive = 4,
    recognition: Literal["seats", "incumbency", "lottery"] | None = None,
    ministries: Natural = 16,
) -> Doing[Outcome]:
    """One party after the other tries to form a government; parliament votes on what is agreed; the first one stands.

    A formateur is recognised by *recognition* (the task's, if left out): `seats` (the largest party first),
    `incumbency` (the outgoing prime minister's, then its partners, then by seats) or `lottery` (in proportion to
    seats). It proposes partners and a policy (a place on each scale); *ministries* go by seats (Gamson 1961). Each
    invited party answers with a reason: support, oppose, refine (it would sign a changed policy) or compromise (it
    gives in on some scales for others). The formateur reads the answers and proposes again, at most *rounds* times in
    all (the four answers and three rounds are those of Moghimifar et al. 2024, arXiv 2402.11712). There is agreement
    when all partners support the same proposal. Then every party votes with all of its seats, by the ballots of the
    constitution. A formateur without agreement, or voted down, passes the turn; when *formateurs* of them (or all
    parties) have failed there is no government: the decision is `None`, and nobody is put in office for want of one.

    Everything said goes along ties: a partner that the formateur has no tie to is not reached (the message is recorded
    as refused), and an answer without a tie back is not heard; neither counts as support. No answer, or an unreadable
    one: from a formateur, it fails; from a partner, it has not supported; in the vote, its seats abstain. All three are
    counted (`unanswered`).

    Members are parties if they have traits `seats` and places (population `parties`); any others are parties of one
    seat without places, in opposition before, and the ballot is `absolute` where the question says nothing.

    Logged: `recognition`, `proposal` and `revision`, `reply`, `agreement`, `failure`, `investiture`. Decision: sorted
    list of names. Facts: `prime_minister`, `policy`, `ministries`, `utilities` (see `rules.parliament.utility`), `type`
    (see `rules.coalitions.kind`), `seats`, `rounds`, `formateurs` (tried), `duration` (simulated time), `unanswered`;
    with a historical government also `gold`, `correct` (the same parties) and `likeness` (Jaccard).
    """
    house, seats = _house(society, question)
    unknown = set(question.facts.get("historical") or ()) - {member.name for member in society.members}
    if unknown:
        raise ScenarioError(f"the historical government has a party that is not there: {', '.join(sorted(unknown))}; "
                            f"{nearest(min(unknown), [member.name for member in society.members])}")  # fmt: skip
    rule = recognition or question.facts.get("recognition", "seats")
    begun, unanswered, held = society.now, 0, 0
    past: list[str] = []
    tried: list[str] = []
    order = [seats[place] for place in RECOGNITION[rule](society, house)]
    for attempt in range(1, formateurs + 1):
        order = _there(society, order)
        if not order:
            break
        seat = order.pop(0)
        society.log("recognition", attempt=attempt, party=seat, by=rule)
        bench = Bench(society, house, _told(house, past), attempt, seat, seats, rounds, ministries, question.id)
        tried.append(bench.name)
        deal = yield from talks(bench)
        unanswered += deal.unanswered
        held += deal.rounds
        why = deal.why
        if deal.offer is not None:
            against = yield from _investiture(bench, deal.offer)
            unanswered += against.unanswered
            if against.elected:
                facts = _settled(bench, deal.offer)
                facts |= {"rounds": held, "formateurs": tried, "duration": round(society.now - begun, 6),
                          "unanswered": unanswered}  # fmt: skip
                return Outcome(sorted(deal.offer.parties), facts=facts | _beside(question, deal.offer.parties))
            why = "voted down"
        society.log("failure", attempt=attempt, party=seat, why=why)
        past.append(f"Formation {attempt}, by {bench.name}, failed: {why}.")
    facts = {"type": "none", "rounds": held, "formateurs": tried, "duration": round(society.now - begun, 6),
             "unanswered": unanswered}  # fmt: skip
    return Outcome(None, facts=facts | _beside(question, ()))


def _told(house: Parliament, past: Sequence[str]) -> str:
    """What everybody knows by now."""
    return "\n".join([words.situation(house), *past])


def _there(society: Society, seats: Sequence[int]) -> list[int]:
    """Those of *seats* whose members have not left."""
    here = {member.id for member in society.present}
    return [seat for seat in seats if seat in here]


def _house(society: Society, question: Question) -> tuple[Parliament, tuple[int, ...]]:
    """The parliament as members' traits and the question's facts have it, and who leads each of its parties.

    Parties whose member has left take no part; their seats in the house are vacant.
    """
    parties = []
    for member in society.members:
        traits = member.traits
        role = traits.get("role", ROLES[-1])
        parties.append(Party(member.name, int(traits.get("seats", 1)), places(**{s: traits.get(s) for s in SCALES}),
                             str(traits.get("title", member.name)), role if role in ROLES else ROLES[-1]))  # fmt: skip
    seated = sum(party.seats for party in parties)
    size = int(question.facts.get("house", seated))
    if size < seated:
        raise ScenarioError(f"question {question.id!r}: parties have {seated} seats in a house of {size}")
    ballots = checked(question.facts.get("investiture", "absolute"))
    seats = tuple(_there(society, range(len(parties))))
    there = tuple(parties[seat] for seat in seats)
    return Parliament(there, size, ballots, str(question.facts.get("name", question.id))), seats


# --- recognition ------------------------------------------------------------------------------------------------------


def _by_seats(society: Society, house: Parliament) -> list[int]:
    return sorted(range(len(house.parties)), key=lambda seat: -house.parties[seat].seats)


def _by_incumbency(society: Society, house: Parliament) -> list[int]:
    return sorted(_by_seats(society, house), key=lambda seat: ROLES.index(house.parties[seat].role))


def _by_lottery(society: Society, house: Parliament) -> list[int]:
    order: list[int] = []
    while len(order) < len(house.parties):
        balls = [seat for seat in range(len(house.parties)) if seat not in order
                 for _ in range(house.parties[seat].seats)]  # fmt: skip
        order.append(society.lot(balls, "formateur", len(order)))
    return order


RECOGNITION: Mapping[str, Callable[[Society, Parliament], list[int]]] = MappingProxyType(
    {"seats": _by_seats, "incumbency": _by_incumbency, "lottery": _by_lottery}
)
"""Name -> in which order parties are asked to form a government (largest first: Diermeier and Merlo 2004 on how often;
lottery by seats: Baron and Ferejohn 1989)."""


# --- the vote ---------------------------------------------------------------------------------------------------------


class _Vote:
    """How the house has decided."""

    def __init__(self) -> None:
        self.elected, self.unanswered = False, 0


def _investiture(bench: Bench, offer: words.Offer) -> Doing[_Vote]:
    """Ballot after ballot until one elects or none is left; seats that did not answer abstain."""
    society, house, attempt = bench.society, bench.house, bench.attempt
    vote, before = _Vote(), ""
    for number, rule in enumerate(house.investiture, 1):
        text = "\n".join([bench.knows, words.say_bill(offer), f"Ballot {number}: {RULES[rule][1]}.{before}",
                          "How do you vote? Your vote counts with all of your seats."])  # fmt: skip
        ballots = yield from society.ask_all(text, BALLOT, _there(society, bench.seats))
        cast = dict(ballots.items())
        sums = {side: sum(bench.party(seat).seats for seat, said in cast.items() if said == side)
                for side in BALLOT.options}  # fmt: skip
        silent = sorted(seat for seat, said in cast.items() if said is None)
        vote.unanswered += len(silent)
        vote.elected = passes(rule, sums["yes"], sums["no"], house.house)
        society.log("investiture", attempt=attempt, ballot=number, rule=rule, yes=sums["yes"], no=sums["no"],
                    abstain=house.house - sums["yes"] - sums["no"], elected=vote.elected, votes=cast)  # fmt: skip
        if vote.elected:
            break
        before = f" The ballot before failed, with {sums['yes']} seats for and {sums['no']} against."
    return vote


# --- the outcome ------------------------------------------------------------------------------------------------------


def _settled(bench: Bench, offer: words.Offer) -> dict[str, Any]:
    """What there is to say about a government in office."""
    house = bench.house
    names = [party.name for party in house.parties]
    members = [names.index(name) for name in offer.parties]
    brought = {name: house.parties[names.index(name)].seats for name in offer.parties}
    whole = sum(brought.values())
    equal = dict.fromkeys(SCALES, 1.0)
    worth = {}
    for seat, party in zip(bench.seats, house.parties, strict=True):
        member = bench.society.members[seat]
        weights = tuple(float(member.traits.get("weights", equal)[scale]) for scale in SCALES)
        office = float(member.traits.get("office", 0.0))
        share = brought.get(party.name, 0) / whole
        worth[party.name] = round(utility(party.places, weights, offer.policy, share, office), 4)
    policy = {scale: round(at, 4) for scale, at in zip(SCALES, offer.policy, strict=True) if at is not None}
    return {"prime_minister": offer.by, "type": coalitions.kind(members, house.seats, house.majority), "seats": whole,
            "policy": policy, "ministries": gamson(brought, bench.ministries), "utilities": worth}  # fmt: skip


def _beside(question: Question, formed: Sequence[str]) -> dict[str, Any]:
    """The historical government beside the one that formed, and how alike they are."""
    historical = question.facts.get("historical")
    if historical is None:
        return {}
    return {"gold": sorted(historical), "correct": set(historical) == set(formed),
            "likeness": round(coalitions.likeness(historical, formed), 6)}  # fmt: skip
