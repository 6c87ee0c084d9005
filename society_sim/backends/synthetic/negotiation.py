"""A policy: how the synthetic model takes part in forming a government, as formateur, as partner, and in the vote.

It reads the prompt that a real model gets and nothing else: the parliament and what was said from the text, its own
places, weights and worth of office from the persona. What it expects of others is public (`rules/prospects.py`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from society_sim.backends.synthetic.concessions import STYLES, Stage, Style
from society_sim.backends.synthetic.parameters import Settings, row
from society_sim.errors import ScenarioError, nearest
from society_sim.forms import Choice, Fields, Form
from society_sim.registry import policy
from society_sim.rules import formation_text as words
from society_sim.rules.parliament import SCALES, Parliament, Places, between, centre, filled, loss, progress, utility
from society_sim.rules.prospects import Array, Prospects, prospects, softmax, values, weights_of
from society_sim.streams import normal, uniforms
from society_sim.values import Query


@policy
def negotiates(
    query: Query,
    settings: Settings,
    *,
    style: str | None = None,
    tremble: float | None = None,
    doubt: float | None = None,
    slack: float | None = None,
    tolerance: float | None = None,
    marks: Mapping[str, float] | None = None,
) -> str | None:
    """Forms governments by expected utility, and gives way by a *style* (a name in `concessions.STYLES`).

    The chance of every coalition is common expectation: a conditional logit over coalitions that would survive a vote.
    What a party may expect (its reservation) is its mean utility under these chances, less *slack*. A formateur
    proposes the likeliest coalition with itself that is worth its while (softmax with temperature *tremble*, 0: the
    best), starts at its own ideal policy and moves towards the coalition's centre; it leaves out whoever opposes, and
    gives up when nothing is left. A partner opposes when even the centre is worth less than it may expect, supports
    what reaches its present demand, and otherwise asks for a change (`refine`), or, when it could live with the offer,
    for a change on what matters most to it while it gives in on the rest (`compromise`). In the vote, partners are
    for. Others are against a government that has a majority without them (it changes nothing, and oppositions oppose:
    Strom 1990). Where they are needed they are for what comes as near to them as they may expect, abstain if they lose
    at most *tolerance* by it, and are against the rest. *doubt* is the noise (sd) on every utility, *marks* the weights
    of the choice model.
    Utilities: 1 is a policy exactly as wanted. Defaults: section `negotiation` of `parameters.yaml`, one set for all
    countries. So *which* governments form is assumed, by a choice model fitted to real ones; what talks add is delay,
    failure and the policy agreed.

    Raises `ScenarioError` for an unknown style.
    """
    if not query.text.startswith(words.START):
        return None
    house, me = words.read_situation(query.text), words.read_persona(query.system)
    task = _TASKS.get(_asked(query.form))
    if house is None or me is None or task is None:
        raise ScenarioError("this prompt forms a government, but the synthetic negotiator cannot read its parliament, "
                            "its persona (population 'parties' gives one) or its form")  # fmt: skip
    seats = [i for i, party in enumerate(house.parties) if party.name == me.name]
    if not seats:
        return None
    given = {"style": style, "tremble": tremble, "doubt": doubt, "slack": slack, "tolerance": tolerance}
    table = _defaults()
    own = {**table.own, **{name: found for name, found in given.items() if found is not None}}
    if own["style"] not in STYLES:
        raise ScenarioError(f"no bargaining style {own['style']!r}; {nearest(str(own['style']), STYLES)}")
    weights = table.marks if marks is None else weights_of(marks)
    expected = prospects(house, weights, float(own["tolerance"]))
    worth = values(expected, seats[0], me.weights, me.office)
    limit = float(expected.chance @ worth) - float(own["slack"])
    return task(_Lead(query, house, expected, me, seats[0], own, worth, limit))


@dataclass(frozen=True, slots=True)
class _Defaults:
    marks: tuple[float, ...]
    own: Mapping[str, float | str]


@lru_cache(maxsize=1)
def _defaults() -> _Defaults:
    return _Defaults(weights_of(row("negotiation", "marks")), row("negotiation", "conduct"))


@dataclass(frozen=True, slots=True)
class _Lead:
    """A party as it sits down: what it was told, what it expects, and what it may expect (*limit*)."""

    query: Query
    house: Parliament
    expected: Prospects
    me: words.Self
    index: int
    own: Mapping[str, float | str]
    worth: Array
    limit: float

    def number(self, name: str) -> float:
        return float(self.own[name])

    @property
    def style(self) -> Style:
        return STYLES[str(self.own["style"])]

    def stage(self, now: int, rounds: int, leads: bool, matched: float | None) -> Stage:
        luck = uniforms(self.query.seed, "style")[0]
        return Stage(now, rounds, leads, matched, luck, self.number("burst"))

    def noise(self) -> float:
        return self.number("doubt") * normal(uniforms(self.query.seed, "doubt")[0])

    def utility(self, policy: Places, members: Sequence[int]) -> float:
        return utility(self.me.places, self.me.weights, policy, _share(self.house, members, self.index),
                       self.me.office)  # fmt: skip


def _proposes(lead: _Lead) -> str:
    """The formateur's offer, the first or the next."""
    said = lead.query.text.split("\n")
    _, now, rounds = words.read_turn(lead.query.text) or (1, 1, 1)
    last = [offer for line in said if (offer := words.read_offer(line.removeprefix("You said: ")))]
    replies = [reply for line in said if line.startswith("- ") and (reply := words.read_reply(line))]
    refused = {reply.by for reply in replies if reply.reply == "oppose"}
    members = _coalition(lead, refused, last[-1] if last else None)
    if members is None:
        return _fields(lead, "give up", (), lead.me.places, "No government that is worth our while can form.")
    asked = {reply.by: reply.policy for reply in replies}
    policy = _offered(lead, members, asked, now, rounds)
    won = sum(lead.house.parties[i].seats for i in members)
    why = f"Together we have {won} of {lead.house.house} seats, and this lies between us."
    return _fields(lead, "propose", tuple(lead.house.parties[i].name for i in members if i != lead.index), policy, why)


def _coalition(lead: _Lead, refused: set[str], last: words.Offer | None) -> tuple[int, ...] | None:
    """Who is to govern: as before if nobody in it was against it, or the best of those that are still possible."""
    names = [party.name for party in lead.house.parties]
    if last is not None and not refused & set(last.parties):
        return tuple(sorted(names.index(name) for name in last.parties if name in names))
    table = lead.expected.table
    against = np.array([name in refused for name in names])
    possible = table[:, lead.index] & ~(table & against).any(1) & (lead.worth >= lead.limit) & lead.expected.stands
    if not possible.any():
        return None
    score = np.where(possible, lead.expected.score, -np.inf)
    tremble = lead.number("tremble")
    best = int(score.argmax())
    if tremble > 0:
        drawn = uniforms(lead.query.seed, "coalition")[0]
        best = min(int(np.searchsorted(np.cumsum(softmax(score / tremble)), drawn)), len(score) - 1)
    return tuple(int(i) for i in np.flatnonzero(table[best]))


def _offered(lead: _Lead, members: Sequence[int], asked: Mapping[str, Places], now: int, rounds: int) -> Places:
    """The policy of an offer: between what the formateur can give now and what partners asked for, by seats."""
    parties = [lead.house.parties[i] for i in members]
    middle = filled(centre(parties), centre(lead.house.parties))
    ideal = filled(lead.me.places, middle)
    if lead.style.price is not None:
        return _cheapest(lead, members, ideal, middle, lead.style.price(lead.number("discount")))
    come = [progress(party.places, middle, asked[party.name]) for party in parties if party.name in asked]
    matched = sum(come) / len(come) if come else None
    given = lead.style.given(lead.stage(now, rounds, True, matched))
    wanted = []
    for i, party in zip(members, parties, strict=True):
        wish = between(ideal, middle, given) if i == lead.index else asked.get(party.name, party.places)
        wanted.append((party.seats, filled(wish, middle)))
    if not asked:
        return between(ideal, middle, given)
    whole = sum(seats for seats, _ in wanted)
    return tuple(None if middle[k] is None else sum(seats * (wish[k] or 0.0) for seats, wish in wanted) / whole
                 for k in range(len(SCALES)))  # fmt: skip


def _cheapest(lead: _Lead, members: Sequence[int], ideal: Places, middle: Places, price: float) -> Places:
    """The least that is given to partners so that each gets its price, by what is publicly known of them."""
    equal = (1.0,) * len(SCALES)
    partners = [i for i in members if i != lead.index]
    prices = {}
    for i in partners:
        share = _share(lead.house, members, i)
        limit = float(lead.expected.chance @ values(lead.expected, i, equal, lead.me.office)) - lead.number("slack")
        at_centre = utility(lead.house.parties[i].places, equal, middle, share, lead.me.office)
        prices[i] = (share, limit + price * max(0.0, at_centre - limit))
    for step in range(20):
        policy = between(ideal, middle, step / 20)
        if all(utility(lead.house.parties[i].places, equal, policy, share, lead.me.office) >= least
               for i, (share, least) in prices.items()):  # fmt: skip
            return policy
    return middle


def _replies(lead: _Lead) -> str | None:
    """An invited party's answer to the offer it has heard last."""
    said = lead.query.text.split("\n")
    heard = [offer for line in said if line.startswith("- ") and (offer := words.read_offer(line))]
    spot = words.read_turn(lead.query.text)
    names = [party.name for party in lead.house.parties]
    if not heard or spot is None or not set(heard[-1].parties) <= set(names):
        return None
    offer = heard[-1]
    members = [names.index(name) for name in offer.parties]
    middle = filled(centre([lead.house.parties[i] for i in members]), centre(lead.house.parties))
    noise = lead.noise()
    at_best, at_centre = lead.utility(lead.me.places, members), lead.utility(middle, members)
    if at_centre + noise < lead.limit:
        return _fields(lead, "oppose", (), lead.me.places, "We may expect more than any policy of this coalition.")
    leader = lead.house.parties[names.index(offer.by)]
    matched = progress(leader.places, middle, offer.policy)
    given = lead.style.given(lead.stage(spot[1], spot[2], False, matched))
    demand = lead.limit + (at_best - lead.limit) * (1 - given)
    if lead.style.price is not None:
        demand = lead.limit + lead.style.price(lead.number("discount")) * max(0.0, at_centre - lead.limit)
    offered = lead.utility(offer.policy, members) + noise
    if offered >= demand:
        return _fields(lead, "support", (), offer.policy, "The offer is as good as we may ask for.")
    wish = between(filled(lead.me.places, middle), middle, given)
    if offered < lead.limit:
        return _fields(lead, "refine", (), wish, "We could sign a policy that is nearer to us.")
    return _fields(lead, "compromise", (), _traded(lead.me, wish, offer.policy),
                   "We give in where it matters less to us, and ask for more where it matters most.")  # fmt: skip


def _votes(lead: _Lead) -> str | None:
    """For, against or neither, in the vote on a government."""
    bill = words.read_bill(lead.query.text)
    if bill is None:
        return None
    if lead.me.name in bill.parties:
        return "ANSWER: yes"
    held = sum(party.seats for party in lead.house.parties if party.name in bill.parties)
    if held >= lead.house.majority:  # it needs nobody outside: opposing it is free, and what oppositions do
        return "ANSWER: no"
    may_expect = float(lead.expected.chance @ values(lead.expected, lead.index, lead.me.weights, 0.0))
    gain = 1 - loss(lead.me.places, lead.me.weights, bill.policy) - may_expect + lead.noise()
    return f"ANSWER: {'yes' if gain >= 0 else 'no' if gain < -lead.number('tolerance') else 'abstain'}"


def _traded(me: words.Self, wish: Places, offered: Places) -> Places:
    """*wish* on the scale where the offer hurts most, and the offer elsewhere."""
    hurt = [weight * abs((want or 0.0) - at) if want is not None and at is not None else -1.0
            for weight, want, at in zip(me.weights, wish, offered, strict=True)]  # fmt: skip
    worst = hurt.index(max(hurt))
    return tuple(wish[k] if k == worst else offered[k] for k in range(len(SCALES)))


def _share(house: Parliament, members: Sequence[int], index: int) -> float:
    whole = sum(house.parties[i].seats for i in members)
    return house.parties[index].seats / whole if index in members and whole else 0.0


def _fields(lead: _Lead, first: str, partners: Sequence[str], policy: Places, why: str) -> str:
    """The lines that the form asks for."""
    fallback = filled(policy, filled(lead.me.places, centre(lead.house.parties)))
    fixed = {"do": first, "reply": first, "partners": ", ".join(partners) or "none", "why": why}
    places = dict(zip(SCALES, fallback, strict=True))
    fixed |= {scale: f"{at:.4g}" for scale, at in places.items() if at is not None}
    names = getattr(lead.query.form, "fields", ())
    return "\n".join(f"{name.upper()}: {fixed[name]}" for name in names)


def _asked(form: Form) -> str:
    """What a form is for: the name of its first field, or its options."""
    return next(iter(form.fields)) if isinstance(form, Fields) else "/".join(getattr(form, "options", ()))


_TASKS: Mapping[str, Callable[[_Lead], str | None]] = {
    "do": _proposes, "reply": _replies, "/".join(Choice(("yes", "no", "abstain")).options): _votes,
}  # fmt: skip
