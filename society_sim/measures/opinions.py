"""Where opinions ended: how far apart, in how many clusters, in consensus or not."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from society_sim.bounds import NonNegative
from society_sim.measures.reading import choice, share
from society_sim.registry import measure
from society_sim.rules import opinions as rule
from society_sim.values import Record


@measure
def spread_of_opinion(record: Record) -> float:
    """How far apart members' last opinions on a question are, averaged over questions.

    Of numbers the standard deviation, of options the chance that two differ (`rules.opinions.spread`). Opinions that
    a question started with count until the member answers; one that abstained last is left out.

    >>> start = {"kind": "opinions", "about": "q", "opinions": {"0": 0.0, "1": 1.0}}
    >>> spread_of_opinion([{"kind": "question", "about": "q"}, start, {"kind": "outcome", "about": "q"}])
    0.5
    """
    found = [rule.spread(held) for held in _last(record)]
    return share(sum(found), len(found))


@measure
def clusters(record: Record, *, gap: NonNegative = 0.01) -> float:
    """How many clusters members' last opinions on a question form, averaged over questions.

    Numbers belong together where no gap of more than *gap* parts neighbouring ones; options where they are equal.
    """
    found = [len(rule.clusters(held, gap)) for held in _last(record)]
    return share(sum(found), len(found))


@measure
def consensus(record: Record, *, gap: NonNegative = 0.01) -> float:
    """Share of questions, 0 to 1, in which all members' last opinions form one cluster (see `clusters`)."""
    found = [len(rule.clusters(held, gap)) == 1 for held in _last(record)]
    return share(sum(found), len(found))


def _last(record: Record) -> Iterator[list[Any]]:
    """The last opinions on each question that was settled, if anybody gave one."""
    tables: dict[str, dict[int, Any]] = {}
    for entry in record:
        match entry["kind"]:
            case "question":
                tables[entry["about"]] = {}
            case "opinions" if entry["about"] in tables:
                tables[entry["about"]].update({int(seat): value for seat, value in entry["opinions"].items()})
            case "answer" if entry["about"] in tables:
                tables[entry["about"]][entry["member"]] = choice(entry["value"])
            case "outcome" if entry["about"] in tables:
                held = [value for value in tables.pop(entry["about"]).values() if value is not None]
                if held:
                    yield held
