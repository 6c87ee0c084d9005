"""Parts of every kind that the tests' scenarios name; they take one parameter of each type there is."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

import networkx as nx
import numpy as np

from society_sim import (
    Answer,
    Frame,
    Outcome,
    Profile,
    Query,
    Question,
    backend,
    inline,
    measure,
    mechanism,
    population,
    rewiring,
    task,
    topology,
)
from society_sim.testing import scripted


@backend
def test_model(*, answers: Path | None = None, preset: str = "mid", policies: Mapping[str, Any] | None = None) -> Any:
    """A model that fills in any form."""

    def answer(query: Query) -> Answer:
        return scripted(query)

    return inline(answer, watermark=f"test {preset}")


@population
def test_plain(
    models: Mapping[str, Any], rng: np.random.Generator, *, size: int = 3, model: str = "m"
) -> list[Profile]:
    """*size* members who all speak with one model."""
    return [Profile(f"member {seat}", model) for seat in range(size)]


@topology
def test_ring(n: int, rng: np.random.Generator, *, k: int = 1) -> nx.DiGraph:
    """Everybody speaks to the next *k*."""
    ring = nx.DiGraph()
    ring.add_nodes_from(range(n))
    ring.add_edges_from((seat, (seat + step) % n) for seat in range(n) for step in range(1, k + 1) if step % n)
    return ring


@topology
def test_flat(n: int, rng: np.random.Generator) -> nx.Graph:
    """Everybody speaks to everybody."""
    return nx.complete_graph(n)


@rewiring
def test_still(frame: Frame, rng: np.random.Generator, *, rate: float = 0.1) -> list[Any]:
    """Nothing changes."""
    return []


@rewiring
def test_slow(frame: Frame, rng: np.random.Generator, *, every: float = 10.0) -> list[Any]:
    """Nothing changes, seldom."""
    return []


@task
def test_riddles(
    rng: np.random.Generator, *, rounds: int = 2, questions: Path | None = None, kinds: list[str] | None = None
) -> Iterator[Question]:
    """*rounds* riddles."""
    for number in range(rounds):
        yield Question(f"q{number}", f"Riddle {number}?", ("A", "B"))


@task
def test_asked(rng: np.random.Generator, *, questions: Path, most: int) -> Iterator[Question]:
    """Questions that must be given."""
    for number, line in enumerate(questions.read_text().splitlines()[:most]):
        yield Question(f"q{number}", line, ("A", "B"))


@mechanism
def test_poll(society: Any, question: Question, *, looks: int = 1, quorum: float = 0.5, open_vote: bool = False) -> Any:
    """Everybody votes, *looks* times; the last plurality wins. An abstention is no vote."""
    votes = {}
    for _ in range(looks):
        votes = yield from society.ask_all(question.text, question.form)
    given = [vote for vote in votes.values() if vote is not None]
    return Outcome(max(sorted(set(given)), key=given.count) if given else None, votes)


@mechanism
def test_odd(
    society: Any,
    question: Question,
    *,
    style: Literal["open", "secret", 3] = "open",
    weights: Sequence[float] = (),
    pair: tuple[int, str] = (1, "a"),
    names: tuple[str, ...] = (),
    prices: dict[str, float] | None = None,
    steps: dict[int, list[bool]] | None = None,
    either: int | str = 1,
    whatever: Any = None,
    test_odd: int = 0,
) -> Any:
    """One parameter of each type."""
    yield society.env.timeout(1)
    return Outcome(None)


@mechanism
def test_untold(society: Any, question: Question, *, helper: Query | None = None) -> Any:
    """A parameter that no scenario can give."""
    yield society.env.timeout(1)
    return Outcome(None)


@measure
def test_settled(record: Any, *, share: bool = False) -> float:
    """How many questions were settled."""
    return float(sum(entry["kind"] == "outcome" for entry in record))


@measure
def test_nothing(record: Any) -> float:
    """Nought."""
    return 0.0
