"""How changes of the organisation are shown."""

from __future__ import annotations

import networkx as nx
import orjson
from society_viz.story import tell

from society_sim import Choice, Society, inline
from society_sim.changes import Join, Leave, Link, Unlink
from society_sim.testing import scripted
from society_sim.values import Question


def film_of(graph, *batches):
    chunks: list[bytes] = []
    society = Society(graph, inline(scripted), seed=2, write=chunks.append)

    def mechanism(society, question):
        from society_sim import Outcome

        answers = yield from society.ask_all(question.text, Choice("AB"))
        for changes in batches:
            society.apply(*changes)
            yield society.env.timeout(1.0)
        return Outcome(answers[0], answers)

    society.run(society.settle(Question("q", "A or B?", ("A", "B")), mechanism))
    entries = [orjson.loads(line) for line in b"".join(chunks).splitlines()]
    return tell(lambda: entries, 60.0)


def test_the_seat_of_who_leaves_fades_until_somebody_joins():
    film = film_of(nx.complete_graph(4), [Leave(2, "removal")], [Join(2, "", (Link(2, 0),))], [Join(1)])
    gone = [beat.gone for beat in film.beats]
    assert gone[0] == () and (2,) in gone and gone[-1] == ()
    said = [line for beat in film.beats for line in beat.lines]
    assert "Member 2 leaves (removal)." in said and "Somebody new takes the seat of Member 2." in said
    assert "Somebody new replaces Member 1." in said
    leaving = next(place for place, beat in enumerate(film.beats) if beat.gone)
    assert not [tie for tie in film.ties if 2 in (tie.source, tie.target) and tie.first <= leaving < tie.last]


def test_a_tree_that_grows_is_seated_as_a_crowd_and_then_as_the_tree_that_it_is():
    grow = [[Unlink(u, 1) for u in (0, 2, 3, 4)] + [Unlink(1, u) for u in (0, 2, 3, 4)]
            + [Link(u, 1, "report") for u in (0, 2)] + [Link(1, u, "command") for u in (0, 2)],
            [Link(3, 0, "report"), Link(4, 0, "report")]]  # fmt: skip
    grow[1] = [Unlink(3, 0), Unlink(4, 0), *grow[1]]
    film = film_of(nx.complete_graph(5), *grow)
    crowd, half, whole = ([place.y for place in form.places] for form in film.forms)
    assert crowd == [place.y for place in film_of(nx.complete_graph(5)).forms[0].places]
    assert half[1] < half[0] == half[2] < min(half[3], half[4])
    assert whole[1] < whole[0] == whole[2] < whole[3] == whole[4]
