"""D: what mechanisms of allocation make of what members want.

Members are the synthetic model's: truthful, or in the equilibrium of the auction. What they say, and what came of it,
is read from the record; the same rule over many more draws at once stands beside it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from functools import partial
from math import fsum
from typing import Any

import numpy as np

from society_sim.mechanisms import contract_net, public_project, sealed_bid
from society_sim.mechanisms.conversation import tell
from society_sim.results import Result
from society_sim.rules.auction_theory import equilibrium_bid, expected_revenue, many
from society_sim.rules.auctions import pay_as_bid, uniform_price
from society_sim.rules.matching import one_by_one, optimal_assignment
from society_sim.rules.misreports import regret
from society_sim.rules.opinions import starting
from society_sim.rules.pivot import Verdict, pivot
from society_sim.scenario import Scenario
from society_sim.streams import stream
from society_sim.validity.findings import Finding, band, exact, mean
from society_sim.validity.rows import Bench, mutant, replaced, row

_HERE = "society_sim.mechanisms"


def market(size: int, task: Mapping[str, Any], mechanism: Any, policy: str = "truthful", **more: Any) -> Scenario:
    """*size* members who bid by *policy*."""
    model = {"preset": "independent", "policies": {policy: {}}, "price": "free"}
    return Scenario.of(
        name="market", models={"m": {"synthetic": model}},
        population={"plain": {"size": size}}, task=task, mechanism=mechanism, **{"topology": "flat", **more},
    )  # fmt: skip


def said(result: Result) -> dict[str, dict[int, float]]:
    """What each seat said last about each question."""
    found: dict[str, dict[int, float]] = {}
    for entry in result.record:
        if entry["kind"] == "answer":
            found.setdefault(entry["about"], {})[entry["member"]] = entry["value"]
    return found


def _several(bench: Bench, usual: int) -> int:
    """So many draws, and more than one: of one alone no spread is known."""
    return max(2, bench.size(usual))


def facts(result: Result) -> dict[str, Mapping[str, Any]]:
    """The facts of each question."""
    return {entry["about"]: entry["facts"] for entry in result.record if entry["kind"] == "question"}


# --- D1: to bid one's value ------------------------------------------------------------------------------------------

_DEVIATIONS = 41


@row(
    "D1", "In a second price auction nobody gains by another bid than its value",
    formula=f"the largest gain over {_DEVIATIONS} other bids is 0", source="Vickrey 1961",
    cases=[{"units": 1}, {"units": 2}],
)  # fmt: skip
def truthful(bench: Bench, units: int) -> Iterator[Finding]:
    """Five members bid their values; each of them then tries bids from 0 to the double of its value."""
    result = bench.run(market(5, {"goods": {"rounds": bench.size(150)}}, {"sealed_bid": {"units": units}}))
    rule, bids_on, asked = partial(vars(sealed_bid)["uniform_price"], units=units), said(result), facts(result)
    off, apart, gains = 0.0, 0.0, 0.0
    for outcome in result.outcomes:
        bids = bids_on[outcome["about"]]
        worth = starting({"others": None, **asked[outcome["about"]]["values"]}, 5, 0, 100)
        off = max(off, *(abs(bids[seat] - own) for seat, own in enumerate(worth)))
        losing = sorted(bids.values())[-units - 1]
        apart = max(apart, *(abs(paid - losing) for paid in outcome["pays"].values()))
        for seat, own in bids.items():
            tried = np.linspace(0, 2 * own, _DEVIATIONS).tolist()
            gains = max(gains, regret(rule, bids, seat, tried, partial(_had, seat, own)).gain)
    yield exact("a bid is the value", off, 0.0, within=1e-6)
    yield exact("the price is the highest bid that loses", apart, 0.0, within=1e-6)
    yield exact("the largest gain by another bid", gains, 0.0)


def _had(seat: int, worth: float, sale: Any) -> float:
    return float(worth * sale.units.get(seat, 0) - sale.pays.get(seat, 0))


@mutant("D1", "the winner pays its own bid", units=1)
def pays_own_bid() -> AbstractContextManager[None]:
    return replaced(**{f"{_HERE}.sealed_bid.uniform_price": pay_as_bid})


# --- D2, D3: what the seller gets -------------------------------------------------------------------------------------

# Bidders -> the revenue that the source's table prints, how many auctions are held, and, for five, the spread of it.
_REVENUES: Mapping[int, tuple[float, int]] = {2: (0.3333, 1200), 5: (0.6667, 600), 10: (0.8182, 300)}
_SPREADS: Mapping[str, float] = {"next": 0.178, "own": 0.113}
_UNIT = {"low": 0.0, "high": 1.0}


def _revenues(bench: Bench, bidders: int, pays: str, rounds: int, reserve: float = 0.0) -> list[float]:
    """What auctions bring if values are even on 0 to 1, and everybody bids as in the equilibrium."""
    task = {"goods": {**_UNIT, "rounds": rounds}}
    result = bench.run(market(bidders, task, {"sealed_bid": {"pays": pays, "reserve": reserve}}, "equilibrium"))
    return [outcome["revenue"] for outcome in result.outcomes]


def _at_once(bench: Bench, bidders: int, pays: str, reserve: float = 0.0) -> Any:
    """The same by the rule alone, many thousand times."""
    values = stream(bench.seed, "values", bidders).random((_several(bench, 6000), bidders))
    bids = equilibrium_bid(values, bidders, reserve) if pays == "own" else values
    return many(bids, "first" if pays == "own" else "second", reserve=reserve).revenues


@row(
    "D2", "First and second price bring the same", formula="(n - 1) / (n + 1)",
    source="Vickrey 1961, Myerson 1981, Riley and Samuelson 1981",
    cases=[{"bidders": n, "pays": pays} for n in _REVENUES for pays in ("next", "own")],
)  # fmt: skip
def equivalence(bench: Bench, bidders: int, pays: str) -> Iterator[Finding]:
    """Values are even on 0 to 1. The mean is the same, and the spread is not: who pays its own bid pays more evenly."""
    printed, rounds = _REVENUES[bidders]
    expected = (bidders - 1) / (bidders + 1)
    yield mean("revenue", _revenues(bench, bidders, pays, _several(bench, rounds)), expected, reference=printed)
    found = _at_once(bench, bidders, pays)
    yield mean("revenue, by the rule alone", found.tolist(), expected, reference=printed)
    yield exact("the formula", expected_revenue(bidders), expected)
    if bidders == 5:
        own = _SPREADS[pays]
        yield band("spread of the revenue", float(found.std()), own - 0.008, own + 0.008, expected=own, n=len(found),
                   reference=own)  # fmt: skip


@mutant("D2", "bids are not shaded", bidders=5, pays="own")
def unshaded() -> AbstractContextManager[None]:
    return replaced(**{"society_sim.backends.synthetic.bidding.equilibrium_bid": lambda value, *_: value})


@mutant("D2", "the winner pays its own bid", bidders=5, pays="next")
def next_is_own() -> AbstractContextManager[None]:
    return replaced(**{f"{_HERE}.sealed_bid.uniform_price": pay_as_bid})


@row(
    "D3", "What a reserve of one half brings", formula="5 / 12", source="Myerson 1981",
    cases=[{"pays": "next"}, {"pays": "own"}],
)  # fmt: skip
def reserve(bench: Bench, pays: str) -> Iterator[Finding]:
    """Two bidders with values even on 0 to 1: not to sell sometimes earns more than 1/3 on average."""
    expected = 5 / 12
    yield mean("revenue", _revenues(bench, 2, pays, _several(bench, 600), 0.5), expected, reference=0.41667)
    yield mean("revenue, by the rule alone", _at_once(bench, 2, pays, 0.5).tolist(), expected, reference=0.41667)
    yield exact("the formula", expected_revenue(2, 0.5), expected)


@mutant("D3", "the reserve is no price", pays="next")
def no_reserve() -> AbstractContextManager[None]:
    def lax(bids: Any, units: int, floor: int, lot: int) -> Any:
        return uniform_price(bids, units, 0, lot)

    return replaced(**{f"{_HERE}.sealed_bid.uniform_price": lax})


# --- D4: a bridge -----------------------------------------------------------------------------------------------------

_BRIDGE = [30.0, -10.0, -12.0]


@row(
    "D4", "A bridge that is worth 30 to one, and harms two by 10 and 12", formula="built; taxes 22, 0, 0",
    source="Clarke 1971",
)  # fmt: skip
def bridge(bench: Bench) -> Iterator[Finding]:
    """Each says what it is worth to it; then each tries to say something else, from the least to the most it may."""
    result = bench.run(market(3, {"project": {"values": _BRIDGE}}, "public_project"))
    (outcome,) = result.outcomes
    yield exact("it is built", float(outcome["decision"] == "build"), 1.0, within=0)
    for seat, tax in enumerate((22.0, 0.0, 0.0)):
        yield exact(f"tax of seat {seat}", outcome["pays"].get(str(seat), 0.0), tax, reference=tax)
    values = dict(enumerate(_BRIDGE))
    gains = [regret(_decided, values, seat, np.linspace(-50, 50, 201).tolist(), partial(_better_off, seat, own)).gain
             for seat, own in values.items()]  # fmt: skip
    yield exact("the largest gain by saying something else", max(gains), 0.0)


def _decided(values: Mapping[int, float]) -> Verdict:
    verdict: Verdict = vars(public_project)["pivot"]([[value, 0.0] for value in values.values()])
    return verdict


def _better_off(seat: int, worth: float, verdict: Verdict) -> float:
    return float((worth if verdict.option == 0 else 0.0) - verdict.taxes[seat])


@mutant("D4", "each pays what it says that it is worth")
def pays_all() -> AbstractContextManager[None]:
    def dear(values: Any, lot: int = 0) -> Verdict:
        fair = pivot(values, lot)
        return Verdict(fair.option, tuple(max(0, own[fair.option]) for own in values), fair.welfare)

    return replaced(**{f"{_HERE}.public_project.pivot": dear})


# --- D8, D9: the contract net -----------------------------------------------------------------------------------------

# Contractors, and jobs -> what the table prints one by one, and for the best assignment; and how often it is tried.
_COSTS: Mapping[int, tuple[float, float, int]] = {5: (2.2833, 1.4636, 200), 10: (2.9290, 1.5498, 120)}


@row(
    "D8", "A contract net costs more than the best assignment",
    formula="1 + 1/2 + ... + 1/n against 1 + 1/4 + ... + 1/n^2",
    source="Parisi 1998, Linusson and Wastlund 2004", cases=[{"n": n} for n in _COSTS],
)  # fmt: skip
def contracts(bench: Bench, n: int) -> Iterator[Finding]:
    """As many contractors as jobs, and a manager; costs are exponential with mean 1; one job at a time."""
    one, best, rounds = _COSTS[n]
    harmonic, squares = fsum(1 / k for k in range(1, n + 1)), fsum(1 / k**2 for k in range(1, n + 1))
    result = bench.run(market(n + 1, {"jobs": {"jobs": n, "rounds": _several(bench, rounds)}}, "contract_net"))
    yield mean("cost", [outcome["cost"] for outcome in result.outcomes], harmonic, reference=one)
    yield mean("least cost", [outcome["least_cost"] for outcome in result.outcomes], squares, reference=best)
    drawn = stream(bench.seed, "costs", n).exponential(size=(_several(bench, 2000), n, n))
    taken = np.take_along_axis(drawn, one_by_one(drawn)[:, None], 1)[:, 0].sum(1)
    yield mean("cost, by the rule alone", taken.tolist(), harmonic, reference=one)
    least = [fsum(own[seat, job] for seat, job in enumerate(optimal_assignment(own))) for own in drawn]
    yield mean("least cost, by the rule alone", least, squares, reference=best)


@mutant("D8", "a job is awarded before all bids are in", n=5)
def first_bid() -> AbstractContextManager[None]:
    collected = contract_net._collected

    def hasty(*given: Any) -> Any:
        bids = yield from collected(*given)
        return dict(list(bids.items())[:1])

    return replaced(**{f"{_HERE}.contract_net._collected": hasty})


@row(
    "D9", "How many messages a contract net takes",
    formula="for each task n - 1 announcements, at most n - 1 bids, one award, one report", source="Smith 1980",
    cases=[{"ties": "all"}, {"ties": "some"}, {"ties": "busy"}],
)  # fmt: skip
def messages(bench: Bench, ties: str) -> Iterator[Finding]:
    """Eight members and three jobs: all tied to the manager; two of them one way only; or each with one job at most."""
    n, jobs = 8, 3
    edges = [(0, seat) for seat in range(1, n)] + [(seat, 0) for seat in range(1, n) if ties != "some" or seat > 2]
    topology = {"from_file": {"file": _written(bench, n, edges)}}
    load = 1 if ties == "busy" else None
    task = {"jobs": {"jobs": jobs}}
    result = bench.run(market(n, task, {"contract_net": {"load": load, "origin": "first"}}, topology=topology))
    told = Counter(entry["words"].split()[0] for entry in result.record if entry["kind"] == "message")
    bids = {"all": jobs * (n - 1), "some": jobs * (n - 3), "busy": sum(n - 1 - job for job in range(jobs))}[ties]
    for word, expected in (("Announced:", jobs * (n - 1)), ("Bid:", bids), ("Awarded", jobs), ("Reported:", jobs)):
        yield exact(word.strip(":").casefold(), told[word], expected, within=0)


def _written(bench: Bench, size: int, edges: Sequence[tuple[int, int]]) -> str:
    import networkx as nx

    graph = nx.DiGraph(edges)
    graph.add_nodes_from(range(size))
    path = bench.folder / "ties.graphml"
    nx.write_graphml(graph, path)
    return str(path)


@mutant("D9", "nobody reports", ties="all")
def silent() -> AbstractContextManager[None]:
    def forgetful(society: Any, sayings: Any) -> Any:
        return (yield from tell(society, [one for one in sayings if not str(one[1]).startswith("Reported")]))

    return replaced(**{f"{_HERE}.contract_net.tell": forgetful})


@mutant("D9", "whoever cannot be heard bids as well", ties="some")
def heard_anyway() -> AbstractContextManager[None]:
    def loud(society: Any, sayings: Any) -> Any:
        yield from tell(society, sayings)
        return {speaker.id: list(to) for speaker, _, to in sayings}

    return replaced(**{f"{_HERE}.contract_net.tell": loud})
