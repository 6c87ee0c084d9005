"""The talks of one formateur: proposals, answers, revisions, until all partners agree or rounds run out.

A helper of `government_formation`: one generator that a mechanism runs, and the prompts of both sides.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from society_sim.forms import Approval, Choice, Fields, Form, Number, Text
from society_sim.member import View
from society_sim.rules import formation_text as words
from society_sim.rules.parliament import SCALES, WIDTH, Parliament, Party, Places
from society_sim.rules.portfolios import gamson
from society_sim.society import Doing, Society

REPLIES = ("support", "oppose", "refine", "compromise")


@dataclass(frozen=True)
class Bench:
    """One formation: who leads it (*seat*), in which house, and what everybody *knows*."""

    society: Society
    house: Parliament
    knows: str
    attempt: int
    seat: int
    seats: tuple[int, ...]
    """Who leads each party of the house, in its order."""
    rounds: int
    ministries: int
    about: str = ""
    """The question's id: what was said about another one is another matter."""

    @property
    def name(self) -> str:
        """The formateur's."""
        return self.party(self.seat).name

    def party(self, seat: int) -> Party:
        """The party that the member at *seat* leads."""
        return self.house.parties[self.seats.index(seat)]

    @property
    def scales(self) -> tuple[str, ...]:
        """Those on which anybody's place is known: only these are talked about."""
        known = zip(*(party.places for party in self.house.parties), strict=True)
        return tuple(name for name, at in zip(SCALES, known, strict=True) if any(place is not None for place in at))


@dataclass(frozen=True)
class Deal:
    """How talks ended: the *offer* all agreed to, or `None` and *why* not; *unanswered* questions are counted."""

    offer: words.Offer | None
    why: str
    rounds: int
    unanswered: int


def talks(bench: Bench) -> Doing[Deal]:
    """Let the formateur propose and revise, and its partners answer."""
    society, seat = bench.society, bench.seat
    names = {member: bench.party(member).name for member in bench.seats}
    leads = {name: member for member, name in names.items()}
    leader = society.members[seat]
    said: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    unanswered = 0
    for now in range(1, bench.rounds + 1):
        asked = yield from leader.ask(partial(_to_formateur, bench, now, said, missing), _offer_form(bench))
        value = asked.value
        if value is None:
            return Deal(None, "no proposal", now, unanswered + 1)
        if value["do"] == "give up":
            return Deal(None, "gave up", now, unanswered)
        partners = [leads[name] for name in value.get("partners", ())]
        offer = words.Offer(bench.name, (bench.name, *(names[partner] for partner in partners)), _policy(value))
        given = gamson({name: bench.party(leads[name]).seats for name in offer.parties}, bench.ministries)
        society.log("proposal" if now == 1 else "revision", attempt=bench.attempt, round=now, party=seat,
                    partners=partners, policy=_named(offer.policy), ministries=given, why=value["why"])  # fmt: skip
        line = words.talk(bench.attempt, now) + words.say_offer(offer, given, value["why"])
        said = (*said, line)
        supported: list[int] = []
        missing = ()
        if partners:
            leader.say(line, partners)
            reached = [partner for partner in partners if society.graph.has_edge(seat, partner)]
            answers = yield from society.ask_all(
                partial(_to_partner, bench, now), _reply_form(bench), [society.members[p] for p in reached]
            )
            unanswered += sum(value is None for value in answers.values())
            supported = _answered(bench, now, answers)
            missing = tuple(names[p] for p in partners if answers.get(p) is None
                            or not society.graph.has_edge(p, seat))  # fmt: skip
        if len(supported) == len(partners):
            society.log("agreement", attempt=bench.attempt, round=now, party=seat, partners=partners,
                        policy=_named(offer.policy), ministries=given)  # fmt: skip
            return Deal(offer, "", now, unanswered)
    return Deal(None, "no agreement", bench.rounds, unanswered)


def _answered(bench: Bench, now: int, answers: Mapping[int, Any]) -> list[int]:
    """Say and log what partners answered; those whose support has reached the formateur."""
    supported = []
    for partner, value in answers.items():
        if value is None:
            bench.society.log("reply", attempt=bench.attempt, round=now, party=partner, reply=None)
            continue
        reply = words.Reply(bench.party(partner).name, value["reply"], _policy(value))
        bench.society.log("reply", attempt=bench.attempt, round=now, party=partner, reply=reply.reply,
                          policy=_named(reply.policy), why=value["why"])  # fmt: skip
        told = words.talk(bench.attempt, now) + words.say_reply(reply, value["why"])
        bench.society.members[partner].say(told, bench.seat)
        if reply.reply == "support" and bench.society.graph.has_edge(partner, bench.seat):
            supported.append(partner)
    return supported


def _to_formateur(bench: Bench, now: int, said: Sequence[str], missing: Sequence[str], view: View) -> str:
    """The formateur's prompt: what everybody knows, what was said in this formation, and the turn."""
    heard = [f"- {one.words}" for one in view.heard
             if one.about == bench.about and one.words.startswith(f"Formation {bench.attempt}, ")]  # fmt: skip
    return "\n".join([
        bench.knows,
        f"You are {bench.name}, and you have been asked to form a government with your party as its head.",
        *(f"You said: {line}" for line in said),
        *(["What was said to you:", *heard] if heard else []),
        *([f"No answer has come from: {', '.join(missing)}."] if missing else []),
        f"Propose a government, or give up. PARTNERS are the parties you invite; with none you govern alone. The "
        f"scales give its policy. Of {bench.ministries} ministries each party gets its share by seats. All partners "
        f"must support the same proposal; then the house votes.",
        words.turn(bench.attempt, now, bench.rounds),
    ])  # fmt: skip


def _to_partner(bench: Bench, now: int, view: View) -> str:
    """An invited party's prompt: what everybody knows, and what the formateur has said to it in this formation."""
    heard = [f"- {one.words}" for one in view.heard
             if one.about == bench.about and one.sender == bench.seat
             and one.words.startswith(f"Formation {bench.attempt}, ")]  # fmt: skip
    return "\n".join([
        bench.knows,
        f"You are {view.name}. {bench.name} is forming a government and invites you.",
        "What was said to you:",
        *heard,
        "Answer to the latest proposal: support it as it stands; oppose it, if no policy would bring you into this "
        "government; refine it, if you would sign a changed policy; compromise, if you give in on some scales for "
        "others. The scales give the policy that you would sign.",
        words.turn(bench.attempt, now, bench.rounds),
    ])  # fmt: skip


def _offer_form(bench: Bench) -> Any:  # Fields does not nest, so mypy does not take it for a Form
    others = [party.name for party in bench.house.parties if party.name != bench.name]
    partners: dict[str, Form] = {"partners": Approval(others)} if others else {}
    return Fields({"do": Choice(("propose", "give up")), **partners, **_numbers(bench), "why": Text(300)})


def _reply_form(bench: Bench) -> Fields:
    return Fields({"reply": Choice(REPLIES), **_numbers(bench), "why": Text(300)})


def _numbers(bench: Bench) -> dict[str, Form]:
    return {scale: Number(0, WIDTH) for scale in bench.scales}


def _policy(value: Mapping[str, Any]) -> Places:
    return tuple(value.get(scale) for scale in SCALES)


def _named(policy: Places) -> dict[str, float]:
    return {scale: at for scale, at in zip(SCALES, policy, strict=True) if at is not None}
