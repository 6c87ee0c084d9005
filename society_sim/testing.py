"""The contracts of the parts as programs: one call proves a part of your own, or says what is wrong with it.

>>> from society_sim import Outcome
>>> def poll(society, question):
...     votes = yield from society.ask_all(question.text, question.form)
...     return Outcome(max(votes.values()), votes)
>>> check_mechanism(poll)
Traceback (most recent call last):
    ...
society_sim.testing.ContractError: mechanism 'poll' breaks its contract:
- fails when a member abstains: TypeError: '>' not supported between instances of 'str' and 'NoneType'
"""

from __future__ import annotations

import datetime
import gc
import os
import random
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from functools import partial
from pathlib import Path
from types import FrameType
from typing import Any

import networkx as nx
import numpy as np
import orjson
import simpy

from society_sim import forms, invariants, ties
from society_sim.backends.pools import delayed, inline
from society_sim.backends.scripted import scripted
from society_sim.errors import MISSING, NoAnswer, SocietyError
from society_sim.forms import Form
from society_sim.paces import lognormal
from society_sim.proposals import alone, together
from society_sim.society import Society
from society_sim.streams import seed_of, stream, uniforms
from society_sim.values import Answer, Backend, Frame, Leave, Profile, Query, Question, Said, Standing, Use, Verdict

_ABSTAINERS = {"when a member abstains": (0,), "when half of the members abstain": range(0, 99, 2),
               "when all members abstain": range(99)}  # fmt: skip
_HERE = Path(__file__).parent
_KERNEL = {str(_HERE / name) for name in (
    "society.py", "desk.py", "promises.py", "entries.py", "ties.py", "member.py", "recorder.py", "streams.py",
    "testing.py", "backends/pools.py", "scoring.py", "registry.py")}  # fmt: skip
_OURS = (*_KERNEL, str(Path(simpy.__file__).parent), threading.__file__)
_CLOCKS = {time.time, time.time_ns, time.monotonic, time.monotonic_ns, time.perf_counter, time.perf_counter_ns,
           time.localtime, time.gmtime, time.ctime, time.sleep}  # fmt: skip


_TIES = frozenset({"talk", "command", "report"})


class ContractError(AssertionError):
    """A part does not do what parts of its kind must do; the text lists each breach."""

    def __init__(self, what: str, breaches: Sequence[str]) -> None:
        super().__init__(f"{what} breaks its contract:\n" + "\n".join(f"- {breach}" for breach in breaches))
        self.breaches = tuple(breaches)


def check_mechanism(
    mechanism: Callable[..., Any],
    *,
    question: Question | None = None,
    profiles: Sequence[Profile] | None = None,
    graph: nx.Graph | None = None,
    model: Callable[[Query], Answer] = scripted,
    **parameters: Any,
) -> None:
    """Prove *mechanism*: run with *parameters* on a small society, eagerly, late, and with members who abstain.

    `ContractError` if it edits the graph itself, reads the wall clock, draws unseeded luck, cannot bear abstentions,
    gives another record when answers come late or in another order, or ends without an `Outcome`. *question*, *graph*
    and *profiles* (each naming the model `model`) default to a choice of four put to seven members on a ring with
    two chords. What it cannot see: luck that comes from the order of a set of strings.
    """
    if question is None:
        question = Question("q", "Which of the four is it?", ("A", "B", "C", "D"))
    if graph is None:
        graph = nx.cycle_graph(7)
        graph.add_edges_from([(0, 3), (2, 6)])
    run = partial(_run, mechanism, question, graph, profiles, parameters)
    breaches: list[str] = []
    digests = set()
    for attempt in range(2):
        try:
            with _watched(breaches) if attempt == 0 else nullcontext():  # to watch is slow, and once is enough
                digest, breach = run(inline(model, watermark="model"))
        except Exception as error:
            raise ContractError(_named("mechanism", mechanism), [*breaches, f"fails: {_told(error)}"]) from error
        digests.add(digest)
        breaches += [b for b in breach if b not in breaches]
    if len(digests) > 1:
        breaches.append("gives another record the second time: it draws luck of its own (use society.lot or streams)")
    for network in range(3):
        late = delayed(inline(model, watermark="model"), partial(_latency, network))
        try:
            digest, _ = run(late)
        except Exception as error:
            breaches.append(f"fails when answers come late: {_told(error)}")
            break
        if digest not in digests:
            breaches.append("gives another record when answers come late or in another order: a prompt function or a "
                            "branch reads something that moves on")  # fmt: skip
            break
    for when, silent in _ABSTAINERS.items():
        try:
            run(inline(partial(_abstaining, model, frozenset(silent)), watermark="model"))
        except Exception as error:
            breaches.append(f"fails {when}: {_told(error)}")
            break
    if breaches:
        raise ContractError(_named("mechanism", mechanism), breaches[:3] if len(breaches) > 6 else breaches)


def _run(
    mechanism: Callable[..., Any],
    question: Question,
    graph: nx.Graph,
    profiles: Sequence[Profile] | None,
    parameters: Mapping[str, Any],
    model: Backend,
) -> tuple[str, list[str]]:
    chunks: list[bytes] = []
    society = Society(graph, {"model": model}, profiles, seed=11, pace=lognormal, write=chunks.append)
    society.run(society.settle(question, mechanism, **parameters))
    entries = [orjson.loads(line) for line in b"".join(chunks).splitlines()]
    breaches = []
    if ties_of(entries) != {(u, v, d["kind"], d["weight"]) for u, v, d in society.graph.edges(data=True)}:
        breaches.append("edits the graph directly: the record does not know of it (use society.apply)")
    return society.record.digest, breaches


def ties_of(entries: Any) -> set[tuple[int, int, str, float]]:
    """The ties at the end of a record: the fold over its changes, as (source, target, kind, weight)."""
    ties: dict[tuple[int, int], tuple[str, float]] = {}
    for entry in entries:
        match entry["kind"]:
            case "graph":
                ties = {(source, target): (kind, weight) for source, target, kind, weight in entry["ties"]}
            case "link":
                ties[entry["source"], entry["target"]] = (entry["tie"], entry["weight"])
            case "unlink":
                del ties[entry["source"], entry["target"]]
            case "leave":
                ties = {pair: tie for pair, tie in ties.items() if entry["member"] not in pair}
            case "reweight":
                pair = entry["source"], entry["target"]
                ties[pair] = (ties[pair][0], entry["weight"])
    return {(*pair, *rest) for pair, rest in ties.items()}


def _latency(network: int, query: Query) -> float:
    return 0.004 * uniforms(network, "latency", query.key)[0]


def _abstaining(model: Callable[[Query], Answer], silent: frozenset[int], query: Query) -> Answer:
    if query.member in silent:
        raise NoAnswer(MISSING)
    return model(query)


@contextmanager
def _watched(breaches: list[str]) -> Iterator[None]:
    """Notice, on this thread, calls of clocks and of global generators from outside the kernel."""

    def look(frame: FrameType, event: str, what: Any) -> None:
        if event != "c_call" or frame.f_code.co_filename.startswith(_OURS) or frame.f_code in collecting:
            return
        told = _forbidden(what)
        if told:
            place = frame
            while place.f_back and "random" in Path(place.f_code.co_filename).parts[-1]:
                place = place.f_back
            if place.f_code.co_filename.startswith(_OURS):  # NumPy seeds a bit generator before it takes the key
                return
            breach = f"{told} ({Path(place.f_code.co_filename).name}:{place.f_lineno})"
            if breach not in breaches:
                breaches.append(breach)

    collecting = {getattr(callback, "__code__", None) for callback in gc.callbacks}  # these may run at any moment
    before = sys.getprofile()
    sys.setprofile(look)
    try:
        yield
    finally:
        sys.setprofile(before)


def _forbidden(what: Any) -> str | None:
    try:
        if what in _CLOCKS:
            return f"reads the wall clock: time.{what.__name__}"
    except TypeError:  # not hashable
        return None
    owner = getattr(what, "__self__", None)
    if (owner is datetime.datetime or owner is datetime.date) and what.__name__ in ("now", "utcnow", "today"):
        return f"reads the wall clock: {owner.__name__}.{what.__name__}"
    if owner is random._inst or owner is getattr(np.random.mtrand, "_rand", None):
        return f"draws unseeded luck: {what.__name__} of a global generator"
    return "draws unseeded luck: os.urandom" if what is os.urandom else None


def check_topology(
    topology: Callable[..., nx.Graph], *, sizes: Sequence[int] = (1, 2, 7, 25, 200), **parameters: Any
) -> None:
    """Prove *topology*: nodes 0..n-1 for every size, plain attributes, the same graph for the same generator.

    Ties are of kind `talk`, `command` or `report` and have weights from 0, and the graph keeps the invariants that it
    declares.
    """
    breaches: list[str] = []
    for size in sizes:
        first, second = (topology(size, stream(3, "check"), **parameters) for _ in range(2))
        if set(first) != set(range(size)):
            breaches.append(f"gives nodes {sorted(first, key=str)[:5]}... for {size} members, not 0 to {size - 1}")
        if list(nx.selfloop_edges(first)):
            breaches.append(f"ties a member to itself ({size} members)")
        if _edges(first) != _edges(second):
            breaches.append(f"gives another graph for the same generator ({size} members)")
        try:
            orjson.dumps([list(first.nodes(data=True)), list(first.edges(data=True))])
        except orjson.JSONEncodeError as error:
            breaches.append(f"has attributes that cannot be recorded: {error}")
        breaches += _breaches_of_form(first, size)
    if breaches:
        raise ContractError(_named("topology", topology), breaches)


def _breaches_of_form(graph: nx.Graph, size: int) -> list[str]:
    """What is wrong with the ties of a topology's *graph*, and with what it says of itself."""
    own = ties.directed(graph)
    breaches = []
    kinds = {str(kind) for _, _, kind in own.edges(data="kind")} - _TIES
    if kinds:
        breaches.append(f"has ties of kind {', '.join(sorted(kinds))}; known are: {', '.join(sorted(_TIES))}")
    weights = [weight for _, _, weight in own.edges(data="weight")]
    bad = next((w for w in weights if not isinstance(w, (int, float)) or not 0 <= w < float("inf")), None)
    if bad is not None:
        breaches.append(f"has a tie of weight {bad!r}; it is a number of 0 or more")
    try:
        invariants.check(own)
    except SocietyError as error:
        breaches.append(f"declares what it does not keep ({size} members): {error}")
    return breaches


def _edges(graph: nx.Graph) -> list[Any]:
    return sorted((u, v, sorted(data.items())) for u, v, data in graph.edges(data=True))


def check_rewiring(rewiring: Callable[..., Any], *, members: int = 9, **parameters: Any) -> None:
    """Prove *rewiring*: it proposes changes that can be applied, edits nothing, and draws its generator's luck alone.

    It is tried with *parameters* on a complete graph and on a ring of *members*, on a directed tree, on a
    federation, on members without ties, and where a third of the members have left; each time twice in sequence, the
    second time after the first proposal was applied, with answers, standing, verdicts and used ties in the frame.
    `ContractError` says what it does wrong and where.
    """
    breaches: dict[str, str] = {}
    for where, graph, leaving in _societies(members):
        for breach in _rewired(rewiring, graph, leaving, parameters):
            breaches.setdefault(breach, where)
    if breaches:
        raise ContractError(_named("rewiring", rewiring), [f"on {where}: {told}" for told, where in breaches.items()])


def _societies(size: int) -> Iterator[tuple[str, nx.Graph, range]]:
    """Graphs to try a rewiring on, in words and as they are, and who leaves before."""
    tree, federation = nx.DiGraph(), nx.DiGraph()
    tree.add_nodes_from((seat, {"level": (seat + 1).bit_length() - 1}) for seat in range(size))
    for seat in range(1, size):
        tree.add_edge(seat, (seat - 1) // 2, kind="report")
        tree.add_edge((seat - 1) // 2, seat, kind="command")
    federation.add_nodes_from((seat, {"community": seat % 3, "head": seat < 3}) for seat in range(size))
    federation.add_edges_from((u, v, {"kind": "report" if v < 3 and u % 3 == v % 3 else "talk"})
                              for u in range(size) for v in range(size)
                              if u != v and (u % 3 == v % 3 or max(u, v) < 3))  # fmt: skip
    nobody = range(0)
    yield "a complete graph", nx.complete_graph(size), nobody
    yield "a ring", nx.cycle_graph(size), nobody
    yield "a tree", tree, nobody
    yield "a federation", federation, nobody
    yield "members without ties", nx.empty_graph(size), nobody
    yield "a ring that a third have left", nx.cycle_graph(size), range(0, size, 3)
    yield "a tree that a third have left", tree, range(0, size, 3)


def _rewired(
    rewiring: Callable[..., Any], graph: nx.Graph, leaving: range, parameters: Mapping[str, Any]
) -> Iterator[str]:
    """What *rewiring* does wrong with two proposals in sequence."""
    chunks: list[bytes] = []
    named = [str(parameters.get("model") or ""), *map(str, parameters.get("models") or ())]
    models = {name.partition("/")[0]: inline(scripted) for name in ["model", *named] if name}
    society = Society(graph, models, seed=1, write=chunks.append)
    society.log("graph", ties=[(u, v, d["kind"], d["weight"]) for u, v, d in society.graph.edges(data=True)])
    society.apply(*(Leave(seat) for seat in leaving))
    for number in range(2):
        frame = _frame(society, number)
        before, nodes = _edges(frame.graph), {seat: dict(data) for seat, data in frame.graph.nodes(data=True)}
        luck, wrong = [stream(3, "check", number) for _ in range(2)], list[str]()
        try:
            with _watched(wrong):
                first, second = [list(rewiring(frame, rng, **parameters)) for rng in luck]
        except Exception as error:
            yield f"fails: {_told(error)}"
            return
        yield from wrong
        if first != second:
            yield "proposes other changes for the same frame and generator"
        if _edges(frame.graph) != before or nodes != {seat: dict(data) for seat, data in frame.graph.nodes(data=True)}:
            yield "edits the graph of its frame; it proposes, the society applies"
            return
        try:
            for changes in reversed(alone(first)) if number else [together(first)]:  # in the end, each by itself
                society.apply(*changes)
        except (SocietyError, KeyError, TypeError) as error:
            yield f"proposes what cannot be done: {_told(error)}"
            return
    society.record.flush()
    entries = [orjson.loads(line) for line in b"".join(chunks).splitlines()]
    if ties_of(entries) != {(u, v, d["kind"], d["weight"]) for u, v, d in society.graph.edges(data=True)}:
        yield "leaves a record that does not tell of all ties"


def _frame(society: Society, number: int) -> Frame:
    """A frame of *society* with something in every field: answers of two kinds, abstentions, ties used and unused."""
    graph, now = society.graph, 4.0 * (number + 1)
    lots = {seat: seed_of("check", number, seat) for seat in graph}
    return Frame(
        now,
        graph,
        {seat: Standing(20 * (number + 1), 20 * (number + 1), lot % 21) for seat, lot in lots.items()},
        number=number,
        before=now - 4.0,
        present=society.presence.seats,
        said={seat: Said("q", None if lot % 7 == 0 else lot % 100 / 100 if number else "AB"[lot % 2], now - 1.0)
              for seat, lot in lots.items()},
        verdicts={seat: Verdict("q", lot % 3 > 0, now - 1.0) for seat, lot in lots.items()},
        used={(u, v): Use(now - (u + v) % 5, 1 + u) for u, v in graph.edges if (u + 2 * v) % 3},
        names=society.names,
        traits={seat: {"skill": "abc"[seat % 3]} for seat in graph},
        models={seat: member.speaks for seat, member in enumerate(society.members)},
        facts={"category": "abc"[number]},
    )  # fmt: skip


def check_backend(backend: Backend, *, form: Form | None = None, patience: float = 10.0) -> None:
    """Prove *backend*: it gives futures at once, answers that can be kept, and the same answer to the same query."""
    form = form or forms.Choice("AB")
    query = Query(member=0, occurrence=0, model="model", system="", text=f"A or B?\n\n{form.hint()}", form=form,
                  seed=5, key="00" * 16)  # fmt: skip
    breaches = []
    texts = []
    for _ in range(2):
        future = backend.submit(query)
        if not hasattr(future, "add_done_callback"):
            raise ContractError(type(backend).__name__, [f"submit gives {type(future).__name__}, not a Future"])
        error = future.exception(patience)
        if error is None:
            answer = future.result()
            texts.append(answer.text)
            if type(answer) is not Answer or min(answer.tokens_in, answer.tokens_out, answer.micro_usd) < 0:
                breaches.append(f"gives {answer!r}, which is not an answer that can be kept")
        elif not isinstance(error, NoAnswer):
            breaches.append(f"raises {_told(error)}; to abstain, raise NoAnswer with a reason")
    if len(set(texts)) > 1:
        breaches.append("gives another answer to the same query; only a tape can then repeat a run")
    if not isinstance(getattr(backend, "watermark", ""), str):
        breaches.append("has a watermark that is not a string")
    if breaches:
        raise ContractError(type(backend).__name__, breaches)


def check_form(form: Form, texts: Sequence[str] = ()) -> None:
    """Prove *form*: it reads what it asks for, raises nothing but `ValueError`, and takes linear time over bad text."""
    breaches = []
    for text in ("", "ANSWER:", "ANSWER: " * 50, "\x00", "9" * 5000, "ANSWER: nan", "> ANSWER: A", "{" * 3000, *texts):
        try:
            form.parse(text)
        except ValueError:
            continue
        except Exception as error:
            breaches.append(f"raises {_told(error)} on {text[:40]!r}")
    began = time.perf_counter()
    for text in ("ANSWER " * 30_000, "*" * 200_000, "\n" * 200_000, "ANSWER:" + " " * 200_000 + "x"):
        try:
            form.parse(text)
        except ValueError:
            continue
    if time.perf_counter() - began > 2:
        breaches.append("takes long over 200 kB of bad text: its reading is not linear")
    if not form.hint().strip():
        breaches.append("asks for nothing: its hint is empty")
    if breaches:
        raise ContractError(type(form).__name__, breaches)


def _named(kind: str, function: Callable[..., Any]) -> str:
    return f"{kind} {getattr(function, '__name__', str(function))!r}"


def _told(error: BaseException) -> str:
    text = str(error)
    if "Frozen graph" in text or "through society.apply alone" in text:
        return "it edits the graph directly (use society.apply)"
    return f"{type(error).__name__}: {text}"
