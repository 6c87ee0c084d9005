"""The tape as a backend: answers already given are given again, the live model is asked for the rest.

Not a part that a scenario names: a run puts it in front of every model.
"""

from __future__ import annotations

import difflib
import threading
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import replace
from functools import partial
from typing import Any

from society_sim.backends.calls import cost_of, failed, pass_on, received, stated_worst
from society_sim.backends.endpoints.guard import Guard
from society_sim.backends.pools import Like
from society_sim.errors import FAILURES, OUT_OF_BUDGET, NoAnswer, ReplayError, RunStopped, SocietyError, TooManyFailures
from society_sim.ledger import NOTHING, Cost, Ledger
from society_sim.tape import Tape
from society_sim.values import Answer, Backend, Query


class Count:
    """How many answers were asked anew, how many were on file and how many failed, over all models of a run."""

    __slots__ = ("_lock", "asked", "ended", "failed", "failure", "reused", "stopped")

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.asked = self.reused = self.ended = self.failed = 0
        self.failure = ""
        """What the first answer that failed died of."""
        self.stopped: SocietyError | None = None
        """Why nothing more is asked. What was answered so far is kept; the run's record is not finished."""

    def add(self, *, asked: int = 0, reused: int = 0) -> None:
        """Count some more, from any thread."""
        with self._lock:
            self.asked += asked
            self.reused += reused

    def end(self, none: NoAnswer | None) -> tuple[int, int] | None:
        """Count a call that has ended; how many failed and how many ended so far, if this one failed."""
        with self._lock:
            self.ended += 1
            if none is None or none.reason not in FAILURES:
                return None
            self.failed += 1
            self.failure = self.failure or str(none)
            return self.failed, self.ended


Policy = Callable[[int, int], bool]
"""Whether to stop a run of whose calls so many failed, and so many ended."""


class Taped(Like):
    """*backend* behind *tape*, within one run.

    *others* are tapes that may be read as well (a fork reads its parent's). *ledger* is the account of the run: what a
    call may cost is set aside there before it is made. *stops* says when failures end the run. *redact* goes over every
    answer before anybody reads it, over why there is none, and over what the tape keeps of prompts.
    """

    def __init__(
        self,
        backend: Backend,
        tape: Tape,
        count: Count,
        others: Sequence[Tape] = (),
        ledger: Ledger | None = None,
        stops: Policy | None = None,
        redact: Callable[[str], str] | None = None,
    ) -> None:
        super().__init__(backend)
        within = getattr(backend, "within", None)  # of a model that makes several attempts, and accounts for each
        self._backend: Backend = backend if within is None else within(Guard(ledger, tape, redact))
        self._tape, self._count, self._others = tape, count, tuple(others)
        self._stops, self._redact = stops, redact
        self._ledger = ledger if within is None else None
        self._draining = False

    def submit(self, query: Query) -> Future[Answer]:
        known = self._tape.find(query.key)
        if known is None and (known := self._elsewhere(query)) is not None:
            known = self._clean(known)
            self._append(query, known, elsewhere=True)
        if known is not None:
            self._count.add(reused=1)
            return _completed(known)
        return self._ask(query)

    def _elsewhere(self, query: Query) -> Answer | NoAnswer | None:
        """What another tape has for *query*: an answer before a failure; that a member could not pay says nothing."""
        failure = None
        for other in self._others:
            known = other.find(query.key)
            if isinstance(known, Answer) or (known is not None and known.reason not in (*FAILURES, OUT_OF_BUDGET)):
                return known
            if known is not None and known.reason != OUT_OF_BUDGET:
                failure = failure or known
        return failure

    def drain(self) -> None:
        """Send nothing more."""
        self._draining = True
        if hasattr(self._backend, "drain"):
            self._backend.drain()

    def release(self) -> None:
        """Let go of the model's connections."""
        if hasattr(self._backend, "release"):
            self._backend.release()

    @property
    def state(self) -> str:
        """What the model's endpoint waits for, in a few words."""
        return getattr(self._backend, "state", "")

    def worst(self, query: Query) -> Cost | None:
        """The most that *query* may cost, if the model can say so."""
        return stated_worst(self._backend, query)

    def refuse(self, query: Query) -> Future[Answer]:
        """Leave *query* unasked, since its member cannot pay for it, and keep that; what is on the tape stays."""
        known = self._tape.find(query.key)
        if known is None:
            known = NoAnswer(OUT_OF_BUDGET)
            self._append(query, known, free=self.free)
        return _completed(known)

    def _ask(self, query: Query) -> Future[Answer]:
        if self._count.stopped is not None:
            raise self._count.stopped
        self._tape.check()
        self._count.add(asked=1)
        if self._ledger is None:
            return self._send(query, NOTHING)
        worst = stated_worst(self._backend, query) or Cost(calls=1)
        granted = self._ledger.reserve(worst)
        if granted.done():
            granted.result()
            return self._send(query, worst)
        later: Future[Answer] = Future()
        granted.add_done_callback(partial(self._granted, query, worst, later))
        return later

    def _granted(self, query: Query, worst: Cost, later: Future[Answer], granted: Future[None]) -> None:
        try:
            granted.result()
            if self._draining:
                self._settle(worst, NOTHING)
                raise RunStopped("broken off before it was asked")
            sent = self._send(query, worst)
        except BaseException as error:  # whoever settled is not to be told, and would not tell
            later.set_exception(error)
        else:
            sent.add_done_callback(partial(pass_on, later))

    def _send(self, query: Query, worst: Cost) -> Future[Answer]:
        try:
            future = self._backend.submit(query)
        except Exception as error:  # an abstention, and on the tape like any other
            if isinstance(error, SocietyError) and not isinstance(error, NoAnswer):
                self._settle(worst, NOTHING)
                raise
            future = failed(error)
        if self._redact is not None:
            said, future = future, Future()
            said.add_done_callback(partial(pass_on, future, clean=self._clean))
        if future.done():
            self._keep(query, worst, future)
        else:
            future.add_done_callback(partial(self._keep, query, worst))  # before whoever reads the answer
        return future

    def _settle(self, worst: Cost, real: Cost) -> None:
        if self._ledger is not None:
            self._ledger.settle(worst, real)

    def _keep(self, query: Query, worst: Cost, future: Future[Answer]) -> None:
        """Put what came on the tape; all but a failure that ends the run, which is asked again."""
        try:
            answer, none = received(future)
        except SocietyError:
            self._settle(worst, NOTHING)
            return
        self._settle(worst, cost_of(answer, none))
        try:
            so_far = self._count.end(none)
            if so_far is not None and self._stops is not None and self._stops(*so_far):
                raise TooManyFailures(_why_stopped(*so_far, none))
            self._append(query, answer or none, free=self.free)  # type: ignore[arg-type]  # one of the two is there
        except Exception as error:  # a future would swallow it, and the run would end as if nothing were wrong
            self._count.stopped = error if isinstance(error, SocietyError) else SocietyError(str(error))

    def _append(
        self, query: Query, known: Answer | NoAnswer, *, free: bool = False, elsewhere: bool = False
    ) -> None:
        if self._redact is not None:
            query = replace(query, system=self._redacted(query.system), text=self._redacted(query.text))
        self._tape.append(query, known, free=free, elsewhere=elsewhere)

    def _clean(self, known: Answer | NoAnswer) -> Answer | NoAnswer:
        """What was said, gone over by `redact`."""
        if self._redact is None:
            return known
        if isinstance(known, NoAnswer):
            return NoAnswer(known.reason, self._redacted(known.detail))
        text = self._redacted(known.text)
        if text == known.text:
            return known
        return replace(known, text=text, logprobs=None)  # they would spell out what was taken away

    def _redacted(self, text: str) -> str:
        try:
            return text if self._redact is None else self._redact(text)
        except Exception as error:
            raise SocietyError(f"redact raised {type(error).__name__}: {error}") from error


def _why_stopped(failed: int, ended: int, last: NoAnswer | None) -> str:
    return f"{failed:,} of {ended:,} calls failed, and the scenario's on_failure allows no more; the last: {last}"


class Kept:
    """What the head of a record says of a model: enough to put its questions again, not to answer them."""

    def __init__(
        self, watermark: str, *, reads_items: bool, variants: Sequence[str], temperature: float, max_tokens: int,
        traits: Mapping[str, Mapping[str, Any]] | None = None,
    ) -> None:  # fmt: skip
        self.watermark, self.reads_items, self.variants = watermark, reads_items, tuple(variants)
        self.traits = traits or {}
        self.temperature, self.max_tokens = temperature, max_tokens

    def submit(self, query: Query) -> Future[Answer]:
        raise ReplayError(f"member {query.member} asks a model that is only known by name, {self.watermark}")


def kept(backend: Backend) -> Kept:
    """What is known of *backend*, without what it needs to answer, such as a key."""
    like = Like(backend)
    return Kept(like.watermark, reads_items=like.reads_items, variants=like.variants, temperature=like.temperature,
                max_tokens=like.max_tokens, traits=like.traits)  # fmt: skip


class Replayed(Taped):
    """A tape and nothing behind it: a question that is not on it ends the replay."""

    def _ask(self, query: Query) -> Future[Answer]:
        raise ReplayError(_difference(query, self._tape))


def _completed(known: Answer | NoAnswer) -> Future[Answer]:
    if isinstance(known, NoAnswer):
        return failed(known)
    future: Future[Answer] = Future()
    future.set_result(known)
    return future


def _difference(query: Query, tape: Tape) -> str:
    """What *query* asks that the tape does not know, beside the nearest thing the tape does know."""
    near = list(tape.prompts(query.member))
    head = f"member {query.member} is asked something that is not on the tape {tape.path}"
    if not near:
        return f"{head}, where it was asked nothing:\n{query.text}"
    same = [text for _, text in near if text == query.text]
    if same:
        return (f"{head}: the same words, but with another model, seed, item or number of times asked; has the "
                f"scenario, the model or its version changed?\n{query.text}")  # fmt: skip
    texts = [text for _, text in near]
    closest = difflib.get_close_matches(query.text[:2000], [text[:2000] for text in texts[-200:]], n=1, cutoff=0.0)
    diff = difflib.unified_diff((closest or texts)[0].splitlines(), query.text.splitlines(), "on the tape", "asked now",
                                lineterm="", n=2)  # fmt: skip
    return f"{head}; the nearest question there differs like this:\n" + "\n".join(diff)
