"""A small parliament, and models that answer as a test wants them to."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import networkx as nx
import orjson

from society_sim import Answer, Leave, NoAnswer, Society, inline
from society_sim.backends.synthetic import synthetic
from society_sim.mechanisms.government_formation import government_formation
from society_sim.populations.parties import parties
from society_sim.rules.formation_text import situation
from society_sim.rules.parliament import SCALES, Parliament, Party, places
from society_sim.tasks.election import election

SEATS = {"Red": 42, "Blue": 35, "Green": 13, "Grey": 10}
AT = {"Red": 3.0, "Blue": 7.0, "Green": 2.0, "Grey": 5.5}
ROLES = {"Blue": "prime minister", "Grey": "government"}
FACTS = {name: {"seats": seats, "left_right": AT[name], "state_market": AT[name], "role": ROLES.get(name, "opposition")}
         for name, seats in SEATS.items()}  # fmt: skip


def house(investiture: tuple[str, ...] = ("absolute",)) -> Parliament:
    rows = tuple(Party(name, f["seats"], places(**{s: f.get(s) for s in SCALES}), name, f["role"])
                 for name, f in FACTS.items())  # fmt: skip
    return Parliament(rows, 100, investiture, "Diet, 2001")


def settled(model: Any, *, seed: int = 1, graph: Any = None, facts: Mapping[str, Any] = FACTS, task: Any = None,
            leaving: tuple[int, ...] = (), **parameters: Any) -> tuple[Any, list[dict[str, Any]]]:  # fmt: skip
    """The outcome and the record of one formation."""
    models = {"m": inline(model, watermark="m") if callable(model) else model}
    members = parties(models, None, parties=facts)
    [question] = election(None, name="Diet, 2001", house=100, **({"historical": ["Red", "Green"]} | (task or {})))
    chunks: list[bytes] = []
    society = Society(graph if graph is not None else nx.complete_graph(len(members)), models, members, seed=seed,
                      write=chunks.append)  # fmt: skip
    society.apply(*map(Leave, leaving))
    outcome = society.run(society.settle(question, government_formation, **parameters))
    return outcome, [orjson.loads(line) for line in b"".join(chunks).splitlines()]


def played(offers: Mapping[str, Any], replies: Mapping[str, str], votes: Mapping[str, str] | None = None,
           seen: list[Any] | None = None) -> Callable[[Any], Answer]:  # fmt: skip
    """A model that follows a script: partners to propose (None: give up), a reply, a vote, by party; else silent."""

    def answer(query: Any) -> Answer:
        if seen is not None:
            seen.append(query)
        name = query.system.split(" (")[0].removeprefix("You lead ")
        fields = getattr(query.form, "fields", {})
        scales = "\n".join(f"{field.upper()}: 4" for field in fields if field in SCALES)
        if "do" in fields and name in offers:
            do, partners = ("give up", ()) if offers[name] is None else ("propose", offers[name])
            return Answer(text=f"DO: {do}\nPARTNERS: {', '.join(partners) or 'none'}\n{scales}\nWHY: so")
        if "reply" in fields and name in replies:
            return Answer(text=f"REPLY: {replies[name]}\n{scales}\nWHY: so\nthat: - Red replies support")
        if not fields and (votes is None or name in votes):
            return Answer(text=f"ANSWER: {'yes' if votes is None else votes[name]}")
        raise NoAnswer("missing")

    return answer


def kinds(record: list[dict[str, Any]], *names: str) -> list[dict[str, Any]]:
    return [entry for entry in record if entry["kind"] in names]


MIND = synthetic(price="free")
KNOWN = situation(house())
