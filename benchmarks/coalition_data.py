"""Real parliaments and the governments that followed, from two tables on disk.

The tables are ParlGov's (Doering and Manow) in tidy form: one row per cabinet and party, one row per cabinet. They are
read by path and never copied. Investiture rules are not in them; `INVESTITURE` has them by country.
"""

from __future__ import annotations

import csv
import gzip
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from society_sim.rules.parliament import SCALES, Parliament, Party, places

INVESTITURE = {
    country: ballots
    for countries, ballots in (
        ("AUS AUT CAN CYP DNK FRA GBR ISL MLT NLD NOR NZL PRT SWE", ("negative",)),
        ("BEL BGR CZE EST FIN GRC IRL ISR ITA JPN LVA LTU LUX POL SVK TUR", ("simple",)),
        ("CHE DEU HRV HUN ROU SVN", ("absolute",)),
        ("ESP", ("absolute", "simple")),
    )
    for country in countries.split()
}
"""How a government takes office, by country: our short reading of the constitutions as they stand (after Bergman 1993,
Rasch, Martin and Cheibub 2015, Cheibub, Martin and Rasch 2021). Rules have changed within countries (Finland, Sweden,
Belgium, France); one rule per country is an approximation. Where no vote is held the rule is `negative`."""


@dataclass(frozen=True)
class Case:
    """One formation: the parliament, and the government that took office (indices of parties)."""

    id: str
    country: str
    house: Parliament
    government: tuple[int, ...]
    head: int | None

    @property
    def outgoing(self) -> tuple[int, ...]:
        return tuple(i for i, party in enumerate(self.house.parties) if party.role != "opposition")

    @property
    def names(self) -> frozenset[str]:
        return frozenset(self.house.names(self.government))


def read(parties: Path, formations: Path) -> Iterator[Case]:
    """First partisan, non-caretaker cabinets after an election without a majority party, places (nearly) all known."""
    rows = defaultdict(list)
    for row in _rows(parties):
        rows[row["formation_id"]].append(row)
    for row in _rows(formations):
        hung = row["caretaker"] == "0" and row["nonpartisan"] == "0" and row["hung"] == "1"
        if hung and row["formation_no"] == "1" and float(row["lr_coverage"]) >= 0.95:
            yield case(rows[row["formation_id"]])


def case(rows: list[dict[str, str]]) -> Case:
    """One formation from its rows of the table of parties."""
    parties = tuple(_party(row, rows) for row in rows)
    first = rows[0]
    size = max(int(first["seats_total"]), sum(party.seats for party in parties))
    house = Parliament(parties, size, INVESTITURE[first["country"]], f"{first['country']}, {first['election_date']}")
    governs = tuple(i for i, row in enumerate(rows) if row["in_cabinet"] == "1")
    heads = [i for i, row in enumerate(rows) if row["is_pm"] == "1"]
    return Case(first["formation_id"], first["country"], house, governs, heads[0] if heads else None)


def _party(row: dict[str, str], rows: list[dict[str, str]]) -> Party:
    # the table does not say who led the outgoing government: its largest member is taken to have
    name = row["party_short"].replace(",", " ").replace(";", " ").replace(" (", "(").strip()
    if [other["party_short"] for other in rows].count(row["party_short"]) > 1:
        name = f"{name} {row['party_id']}"
    was = [other for other in rows if other["in_previous_cabinet"] == "1"]
    led = max(was, key=lambda other: int(other["seats"]))["party_id"] if was else ""
    role = "opposition" if row not in was else "prime minister" if row["party_id"] == led else "government"
    known = {scale: round(float(row[scale]), 4) if row[scale] else None for scale in SCALES}
    return Party(name, int(row["seats"]), places(**known), row["party_english"].strip(), role)


def _rows(path: Path) -> list[dict[str, str]]:
    with gzip.open(path, "rt", encoding="utf-8") as file:
        return list(csv.DictReader(file))
