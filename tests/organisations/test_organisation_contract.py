"""The contract of topologies, over everything that is registered."""

from __future__ import annotations

import networkx as nx
import pytest

from society_sim import Society, inline
from society_sim.backends.scripted import scripted
from society_sim.invariants import declare
from society_sim.registry import topology
from society_sim.streams import stream
from society_sim.testing import ContractError, check_topology

BUILT_IN = {name: part.function for name, part in topology.parts.items()
            if part.function.__module__.startswith("society_sim.topologies.")}  # fmt: skip
FROM_FILES = {"from_file": "source,target\na,b\nb,c\n", "from_memberships": "group,member\nx,a\nx,b\ny,b\ny,c\n"}
OTHERWISE = [
    ("hierarchical", {"depth": 3}), ("hierarchical", {"span": 6, "depth": 4, "peers": True}),
    ("hierarchical", {"teams": True, "depth": 3}), ("hierarchical", {"span": 2, "teams": True, "peers": True}),
    ("hierarchical", {"span": 1}),
    ("matrix", {"lines": 1, "projects": 4, "peers": True}), ("linking_pins", {"size": 2}),
    ("ring", {"one_way": True}), ("chain", {"one_way": True}), ("random", {"p": 0.0}), ("random", {"p": 1.0}),
    ("random", {"degree": 1.0, "connected": False}), ("scale_free", {"m": 5}), ("small_world", {"k": 6, "p": 0.5}),
    *(("federated", {"inside": inside, "council": council, "delegates": delegates, "sealed": True, "communities": 4})
      for inside, council, delegates in [("star", "star", 1), ("ring", "ring", 2), ("tree", "complete", 3)]),
]  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize("name", BUILT_IN)
def test_every_topology_keeps_its_contract(name, tmp_path):
    if name in FROM_FILES:
        file = tmp_path / "some.csv"
        file.write_text(FROM_FILES[name])
        check_topology(BUILT_IN[name], sizes=(3,), file=file)
    else:
        check_topology(BUILT_IN[name])


@pytest.mark.parametrize(("name", "parameters"), OTHERWISE)
def test_with_other_parameters(name, parameters):
    check_topology(BUILT_IN[name], sizes=(1, 2, 3, 4, 5, 7, 25, 60), **parameters)


@pytest.mark.parametrize("name", [name for name in BUILT_IN if name not in FROM_FILES])
def test_society_of_one_and_of_two(name):
    for size in (1, 2):
        Society(BUILT_IN[name](size, stream(1, "t")), inline(scripted))


def shouting(n, rng):
    return nx.complete_graph(n, nx.DiGraph()) if n < 2 else nx.DiGraph([(0, 1, {"kind": "shout"})])


def headless(n, rng):
    graph = nx.empty_graph(n, nx.DiGraph)
    return declare(graph, "headless", tree={})


def weightless(n, rng):
    graph = nx.complete_graph(n, nx.DiGraph)
    nx.set_edge_attributes(graph, -1.0, "weight")
    return graph


@pytest.mark.parametrize(("bad", "told"), [
    (shouting, "kind shout"), (headless, "two roots"), (weightless, "weight -1"),
])  # fmt: skip
def test_what_the_contract_catches(bad, told):
    with pytest.raises(ContractError, match=told):
        check_topology(bad, sizes=(2,))
