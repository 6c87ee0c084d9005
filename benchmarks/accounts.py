"""What it costs to move money: by itself, in a society with its record, and back out of a record."""

from __future__ import annotations

import networkx as nx
import simpy

from benchmarks.common import Row, cpu, instant
from society_sim import Money, Society, Transfer
from society_sim.accounts import WORLD, Accounts
from society_sim.balances import balances
from society_sim.registry import measure

GOAL = "> 200,000"


def accounts(quick: bool) -> list[Row]:
    """Postings (two a transfer) per second of CPU, conservation checked after each; beside SimPy's containers."""
    members, times = 1_000, 2_000 if quick else 100_000
    transfers = [Transfer(at % members, (at * 7 + 1) % members, 5) for at in range(times) if (at * 6 + 1) % members]
    books = Accounts(members)
    books.post(*(Transfer(WORLD, seat, 10**12) for seat in range(members)))
    with cpu() as spent:
        for transfer in transfers:
            books.post(transfer)
        alone = 2 * len(transfers) / spent()
    with cpu() as spent:
        for at in range(0, len(transfers) - 9, 10):
            books.post(*transfers[at : at + 10])
        batches = 2 * (len(transfers) // 10 * 10) / spent()
    with cpu() as spent:
        books.audit()
        audit = spent()
    return [
        Row("postings, one transfer at a time", alone, "/s", GOAL),
        Row("postings, ten transfers at a time, all or nothing", batches, "/s", GOAL),
        Row("postings by `society.pay`, recorded", 2 * paid(members, transfers), "/s", GOAL),
        Row("transfers of a record folded into balances", folded(transfers), "/s"),
        Row("gini of the record's end, entries read", folded(transfers, "gini"), "/s"),
        Row(f"an audit of {members:,} accounts", audit, "s"),
        Row("the same transfers as a get and a put of SimPy's Container", contained(len(transfers)), "postings/s"),
    ]


def paid(members: int, transfers: list[Transfer]) -> float:
    """Transfers per second that a society pays and records."""
    society = Society(nx.empty_graph(members), instant, money=Money(purse=10**12))

    def agenda():
        for transfer in transfers:
            society.pay(transfer)
        yield society.env.timeout(1)

    with cpu() as spent:
        society.run(agenda())
        return len(transfers) / spent()


def folded(transfers: list[Transfer], name: str = "") -> float:
    """Entries per second."""
    record = [{"t": 0.0, "kind": "member", "member": seat} for seat in range(1_000)]
    for each in (*(Transfer(WORLD, seat, 10**12) for seat in range(1_000)), *transfers):
        record.append({"t": 1.0, "kind": "transfer", "source": each.source, "target": each.target,
                       "amount": each.amount, "unit": each.unit})  # fmt: skip
    with cpu() as spent:
        measure.get(name).function(record) if name else balances(record)
        return len(record) / spent()


def contained(times: int) -> float:
    """Postings per second through two containers, their events carried out."""
    env = simpy.Environment()
    one, other = (simpy.Container(env, init=10**15) for _ in range(2))
    with cpu() as spent:
        for _ in range(times):
            one.get(5)
            other.put(5)
        env.run()
        return 2 * times / spent()
