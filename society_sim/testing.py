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
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from types import FrameType
from typing import Any

import networkx as nx
import numpy as np
import orjson
import simpy

from society_sim import forms
from society_sim.backends.pools import delayed, inline
from society_sim.backends.scripted import scripted
from society_sim.errors import MISSING, NoAnswer, SocietyError
from society_sim.forms import Form
from society_sim.paces import lognormal
from society_sim.society import Society
from society_sim.streams import seed_of, stream, uniforms
from society_sim.values import Answer, Backend, Frame, Profile, Query, Question, Standing

_ABSTAINERS = {"when a member abstains": (0,), "when half of the members abstain": range(0, 99, 2),
               "when all members abstain": range(99)}  # fmt: skip
_HERE = Path(__file__).parent
_KERNEL = {str(_HERE / name) for name in (
    "society.py", "desk.py", "promises.py", "entries.py", "ties.py", "member.py", "recorder.py", "streams.py",
    "testing.py", "backends/pools.py", "scoring.py", "registry.py")}  # fmt: skip
_OURS = (*_KERNEL, str(Path(simpy.__file__).parent), threading.__file__)
_CLOCKS = {time.time, time.time_ns, time.monotonic, time.monotonic_ns, time.perf_counter, time.perf_counter_ns,
           time.localtime, time.gmtime, time.ctime, time.sleep}  # fmt: skip


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
            with _watched(breaches if attempt == 0 else []):
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
    topology: Callable[..., nx.Graph], *, sizes: Sequence[int] = (1, 2, 7, 25), **parameters: Any
) -> None:
    """Prove *topology*: nodes 0..n-1 for every size, plain attributes, the same graph for the same generator."""
    breaches = []
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
    if breaches:
        raise ContractError(_named("topology", topology), breaches)


def _edges(graph: nx.Graph) -> list[Any]:
    return sorted((u, v, sorted(data.items())) for u, v, data in graph.edges(data=True))


def check_rewiring(rewiring: Callable[..., Any], *, size: int = 9, **parameters: Any) -> None:
    """Prove *rewiring*: it proposes changes that can be applied one after the other, and leaves its frame alone."""
    graph = nx.complete_graph(size)
    society = Society(graph, inline(scripted), seed=1)
    standing = {seat: Standing(10, 10, seed_of("standing", seat) % 11) for seat in range(size)}
    frame = Frame(4.0, society.graph.copy(), standing)
    before = _edges(frame.graph)
    breaches = []
    proposals = [list(rewiring(frame, stream(3, "check"), **parameters)) for _ in range(2)]
    if proposals[0] != proposals[1]:
        breaches.append("proposes other changes for the same frame and generator")
    if _edges(frame.graph) != before:
        breaches.append("edits the graph of its frame; it proposes, the society applies")
    try:
        society.apply(*proposals[0])
    except (SocietyError, KeyError) as error:
        breaches.append(f"proposes what cannot be done: {_told(error)}")
    if breaches:
        raise ContractError(_named("rewiring", rewiring), breaches)


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
    if "Frozen graph" in text:
        return "it edits the graph directly (use society.apply)"
    return f"{type(error).__name__}: {text}"
