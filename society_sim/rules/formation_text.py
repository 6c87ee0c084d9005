"""The wording of a government formation: what parties are told and what they say, and the same read back from text.

Rendering and reading stand side by side, so that a model that reads prompts (the synthetic one does) sees what a real
one sees and nothing else. All of it is plain text; the readers return `None` for words that are something else.

>>> from society_sim.rules.parliament import Parliament, Party, places
>>> house = Parliament((Party("A", 60, places(left_right=3), "Party A", "government"), Party("B", 40)), 100)
>>> read_situation(situation(house)) == house
True
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from society_sim.rules.investiture import in_words, read_words
from society_sim.rules.parliament import ROLES, SCALES, Parliament, Party, Places

START = "A government is to be formed: "
_PARTY = re.compile(r"- (?P<name>.+?) \((?P<title>.*)\): (?P<seats>\d+) seats?; (?P<places>[^;]+); (?P<role>[^;]+)")
_PLACE = re.compile(r"(\w+) (\d+(?:\.\d+)?)")
_ROLE_WORDS = dict(zip(ROLES, ("led the last government", "was in the last government", "was in opposition"),
                       strict=True))  # fmt: skip
_WORDS_ROLE = {words: role for role, words in _ROLE_WORDS.items()}
_TALK = re.compile(r"Formation (?P<attempt>\d+), round (?P<round>\d+): ")
_OFFER = re.compile(r"(?P<by>.+?) proposes a government of (?P<parties>.+?); policy (?P<policy>[^;]+); "
                    r"ministries [^;]+?\. BECAUSE ")  # fmt: skip
_REPLY = re.compile(r"(?P<by>.+?) replies (?P<reply>\w+); it would sign (?P<policy>[^;]+?)\. BECAUSE ")
_SELF = re.compile(r"You lead (?P<name>.+?) \(.*?\) in the forming of a government\.")
_WEIGHT = re.compile(r"(\w+) (\d+(?:\.\d+)?|unknown) \(weight (\d+(?:\.\d+)?)\)")
_OFFICE = re.compile(r"all ministries of a government are worth (\d+(?:\.\d+)?) to you")
_TURN = re.compile(r"This is round (\d+) of (\d+) of formation (\d+)\.")
_BILL = re.compile(r"^The government before the house: (?P<parties>.+?); prime minister from (?P<by>.+?); "
                   r"policy (?P<policy>[^;]+)\.$", re.MULTILINE)  # fmt: skip


def say_places(found: Places) -> str:
    """Places in words: `left_right 3.6, state_market 3.8`."""
    told = [f"{name} {place:.4g}" for name, place in zip(SCALES, found, strict=True) if place is not None]
    return ", ".join(told) or "unknown"


def read_places(words: str) -> Places:
    """The places in *words*; `None` on scales that are not named."""
    known = dict(_PLACE.findall(words))
    return tuple(float(known[name]) if name in known else None for name in SCALES)


def situation(house: Parliament) -> str:
    """What everybody knows: the house, its rules, its parties with seats, places and parts in the last government."""
    scales = "; ".join(f"{name} from {low} to {high}" for name, (low, high) in SCALES.items())
    return "\n".join([
        f"{START}{one_line(house.name)}.",
        f"The house has {house.house} seats; {house.majority} are a majority.",
        f"To take office: {in_words(house.investiture)}.",
        f"Policy is a place from 0 to 10 on each of these scales: {scales}.",
        "The parties, with what is publicly known of them:",
        *(f"- {party.name} ({one_line(party.title)}): {party.seats} seat{'s' * (party.seats != 1)}; "
          f"{_public(party.places)}; {_ROLE_WORDS[party.role]}" for party in house.parties),
    ])  # fmt: skip


def _public(found: Places) -> str:
    words = say_places(found)
    return "places unknown" if words == "unknown" else words


@lru_cache(maxsize=64)
def read_situation(text: str) -> Parliament | None:
    """The parliament that *text* begins with, or `None`."""
    lines = text.split("\n")
    head = re.match(r"The house has (\d+) seats;", lines[1]) if text.startswith(START) and len(lines) > 5 else None
    if head is None or not lines[2].startswith("To take office: "):
        return None
    parties = []
    for line in lines[5:]:
        found = _PARTY.fullmatch(line)
        if found is None:
            break
        known = _WORDS_ROLE.get(found["role"], ROLES[-1])
        parties.append(Party(found["name"], int(found["seats"]), read_places(found["places"]), found["title"], known))
    if not parties or sum(party.seats for party in parties) > int(head[1]):
        return None
    try:
        rules = read_words(lines[2].removeprefix("To take office: ").removesuffix("."))
    except KeyError:
        return None
    return Parliament(tuple(parties), int(head[1]), rules, lines[0].removeprefix(START).removesuffix("."))


def persona(party: Party, weights: Sequence[float], office: float) -> str:
    """Who a party is: its own places, how much each weighs (they sum to 1), and what office is worth to it."""
    own = ", ".join(f"{name} {'unknown' if place is None else f'{place:.4g}'} (weight {weight:.3g})"
                    for name, place, weight in zip(SCALES, party.places, weights, strict=True))  # fmt: skip
    return (f"You lead {party.name} ({one_line(party.title)}) in the forming of a government. You want a policy near "
            f"to where your party stands: {own}. You want to be in office too: all ministries of a government are "
            f"worth {office:g} to you, where a policy exactly as you want it is worth 1.")  # fmt: skip


@dataclass(frozen=True, slots=True)
class Self:
    """A party as its own persona tells it."""

    name: str
    places: Places
    weights: tuple[float, ...]
    office: float


@lru_cache(maxsize=256)
def read_persona(text: str) -> Self | None:
    """Who *text* says that one is, or `None`."""
    name, office = _SELF.search(text), _OFFICE.search(text)
    told = {scale: (place, float(weight)) for scale, place, weight in _WEIGHT.findall(text)}
    if name is None or office is None or set(told) != set(SCALES):
        return None
    own = tuple(None if told[scale][0] == "unknown" else float(told[scale][0]) for scale in SCALES)
    return Self(name["name"], own, tuple(told[scale][1] for scale in SCALES), float(office[1]))


@dataclass(frozen=True, slots=True)
class Offer:
    """A proposed government: who proposes, who is in it (the proposer too), and its policy."""

    by: str
    parties: tuple[str, ...]
    policy: Places


@dataclass(frozen=True, slots=True)
class Reply:
    """What an invited party says to an offer, and the policy it would sign."""

    by: str
    reply: str
    policy: Places


def talk(attempt: int, round_: int) -> str:
    """How everything said in one round of talks begins."""
    return f"Formation {attempt}, round {round_}: "


def turn(attempt: int, round_: int, rounds: int) -> str:
    """Where in the talks this is, as the last thing a prompt says before its question."""
    return f"This is round {round_} of {rounds} of formation {attempt}."


def read_turn(text: str) -> tuple[int, int, int] | None:
    """(formation, round, rounds) of the last such sentence in *text*."""
    found = _TURN.findall(text)
    return (int(found[-1][2]), int(found[-1][0]), int(found[-1][1])) if found else None


def say_offer(offer: Offer, ministries: Mapping[str, int], why: str) -> str:
    """An offer in words; *why* is put on one line."""
    shared = ", ".join(f"{name} {count}" for name, count in ministries.items())
    return (f"{offer.by} proposes a government of {', '.join(offer.parties)}; policy {say_places(offer.policy)}; "
            f"ministries {shared}. BECAUSE {one_line(why)}")  # fmt: skip


def read_offer(words: str) -> Offer | None:
    """The offer in one thing said, or `None`."""
    found = _OFFER.match(_bare(words))
    return found and Offer(found["by"], tuple(found["parties"].split(", ")), read_places(found["policy"]))


def say_reply(reply: Reply, why: str) -> str:
    """A reply in words; *why* is put on one line."""
    return f"{reply.by} replies {reply.reply}; it would sign {say_places(reply.policy)}. BECAUSE {one_line(why)}"


def read_reply(words: str) -> Reply | None:
    """The reply in one thing said, or `None`."""
    found = _REPLY.match(_bare(words))
    return found and Reply(found["by"], found["reply"], read_places(found["policy"]))


def say_bill(offer: Offer) -> str:
    """The government that parliament votes on."""
    return (f"The government before the house: {', '.join(offer.parties)}; prime minister from {offer.by}; "
            f"policy {say_places(offer.policy)}.")  # fmt: skip


def read_bill(text: str) -> Offer | None:
    """The government before the house in a prompt, or `None`."""
    found = _BILL.search(text)
    return found and Offer(found["by"], tuple(found["parties"].split(", ")), read_places(found["policy"]))


def one_line(why: str) -> str:
    """*why* without line breaks, so that it cannot pass for another line of the prompt."""
    return " ".join(why.split())


def _bare(words: str) -> str:
    """What was said, without the mark of its round and the list's dash."""
    found = _TALK.match(words.removeprefix("- "))
    return words[found.end() + 2 * words.startswith("- ") :] if found else words.removeprefix("- ")
