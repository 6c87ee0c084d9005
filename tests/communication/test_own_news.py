"""News that comes back to where it comes from is not shown there as something heard."""

from __future__ import annotations

import networkx as nx
import pytest

from society_sim import Question, Society, inline
from society_sim.registry import mechanism


@pytest.mark.parametrize(("name", "parameters"), [("gossip", {"rounds": 4, "origin": "first"}),
                                                  ("contagion", {"rounds": 4, "origin": "first", "transmission": 1.0})])
def test_the_origin_is_not_told_its_own_news(name, parameters):
    asked = {}

    def answers(query):
        asked.setdefault(query.member, []).append(query.text)
        return "ANSWER: A\nCONFIDENCE: 80\nREASON: so it is"

    society = Society(nx.complete_graph(4), inline(answers), seed=1)
    part = mechanism.get(name).function
    society.run(society.settle(Question("q", "A or B?", ("A", "B")), part, **parameters))
    _, last = asked[0]
    assert "Your earlier answer: A" in last and "Member 0 says" not in last
    assert "heard others" not in last
    assert all("Member 0 says: A" in asked[seat][-1] for seat in (1, 2, 3))
