"""Who spoke to whom, and when: counted as if every message were entered by itself."""

from __future__ import annotations

import networkx as nx
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from society_sim import Society, Text
from society_sim.errors import PromptError
from society_sim.traces import Traces

_seats = st.integers(0, 1)
_spoke = st.tuples(st.just("spoke"), _seats, st.sampled_from([[1], [0, 1], [1, 1]]))
_happenings = st.lists(
    st.one_of(
        _spoke,
        _spoke,
        _spoke,
        st.tuples(st.just("tied"), _seats, _seats),
        st.tuples(st.just("untied"), _seats, _seats),
        st.tuples(st.just("keep"), _seats, _seats),
        st.tuples(st.just("look"), _seats, _seats),
    ),
    min_size=4,
    max_size=30,
)


@given(_happenings)
@example([("spoke", 0, [1]), ("spoke", 0, [1]), ("untied", 0, 1), ("spoke", 0, [1])])
@example([("spoke", 0, [0, 1]), ("spoke", 1, [1]), ("spoke", 0, [0, 1]), ("keep", 0, 1), ("tied", 0, 1)])
def test_saying_it_to_the_same_again_counts_like_everything_else(happenings):
    traces, used = Traces(), {}
    for now, (what, source, other) in enumerate(happenings):
        if what == "spoke":
            traces.spoke(source, other, float(now))
            for target in other:
                used[source, target] = (float(now), used.get((source, target), (0.0, 0))[1] + 1)
        elif what == "tied":
            traces.tied((source, other), float(now))
            used[source, other] = (float(now), 0)
        elif what == "untied":
            traces.untied((source, other))
            used.pop((source, other), None)
        elif what == "keep":
            traces.keep(lambda one, two, gone=(source, other): (one, two) != gone)
            used = {pair: use for pair, use in used.items() if pair != (source, other)}
        else:
            assert list(traces.used.items()) == list(used.items())  # in the same order, too: rewirings go by it
    assert list(traces.used.items()) == list(used.items())


def test_a_prompt_function_does_not_speak():
    society = Society(nx.complete_graph(2), lambda query: "ok", seed=1)

    def asked(me):
        society.members[0].say("Psst!", 1)
        return "Well?"

    def agenda():
        answers = yield from society.ask_all(asked, Text(10))
        return answers.values()

    with pytest.raises(PromptError, match="may not speak"):
        society.run(agenda())
