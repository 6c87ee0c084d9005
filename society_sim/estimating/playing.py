"""Stand-ins: what a real model would be asked, answered by the synthetic one and counted at the real one's price.

A stand-in gets the very prompts that the run would send, so that they grow as in the run: free words are as long as the
tokens that were drawn for them, and others read them. It goes the way of a request, too: through the endpoint's door,
attempt by attempt, with failures by lot, in the time of `Traffic`. What is on a tape already is given from there.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field, replace
from functools import lru_cache, partial
from hashlib import blake2b, sha256
from typing import Any, NamedTuple, Protocol

from society_sim.backends.calls import failed, stated_worst
from society_sim.backends.endpoints.hosted import Hosted, Target
from society_sim.backends.endpoints.prices import FREE, at_home
from society_sim.backends.pools import Like
from society_sim.backends.scripted import filled
from society_sim.backends.synthetic.answering import kind_of
from society_sim.backends.synthetic.model import synthetic
from society_sim.errors import SERVER_ERROR, NoAnswer, ScenarioError
from society_sim.estimating.assumptions import BEGIN, CHAT, STEP, Assumptions
from society_sim.estimating.stretching import stretched
from society_sim.estimating.traffic import Traffic
from society_sim.ledger import Cost
from society_sim.preflight import LONGEST
from society_sim.streams import normal, seed_of, uniforms
from society_sim.values import Answer, Backend, Query

_FIRST_SPREAD = 0.6
_READING = 1 / 20_000  # seconds for each token read
_AT_HOME = 0.01  # of the time to the first token, for a server on this machine


class Known(Protocol):
    """A tape, or what is like one."""

    def find(self, key: str) -> Answer | NoAnswer | None:
        """What is on file for *key*."""


@dataclass(slots=True)
class Account:
    """What a dry run has taken so far."""

    questions: int = 0
    requests: int = 0
    read: int = 0
    written: int = 0
    cached: int = 0
    micro_usd: int = 0
    there: int = 0
    """Answers that are on the tape."""
    reused: int = 0
    """Answers that another run of the same experiment has paid."""
    free: int = 0
    free_tokens: int = 0
    shared: dict[str, Answer | NoAnswer] = field(default_factory=dict)
    """What was answered so far that other runs of the same experiment use."""
    prefixes: dict[str, set[bytes]] = field(default_factory=dict)


class Staging(NamedTuple):
    """What all stand-ins of a dry run share. *luck* sets one dry run apart from the next."""

    assumed: Assumptions
    traffic: Traffic
    account: Account
    luck: int
    tapes: Sequence[Known] = ()


def staged(backend: Backend, staging: Staging) -> Backend:
    """What plays *backend*: itself, where its answers cost nothing and are always the same; else a stand-in."""
    if Like(backend).free:
        return Free(backend, staging.account)
    return StandIn(backend, staging)


class Free(Like):
    """A model that costs nothing, playing itself."""

    def __init__(self, backend: Backend, account: Account) -> None:
        super().__init__(backend)
        self._backend, self._account = backend, account

    def submit(self, query: Query) -> Future[Answer]:
        account = self._account
        account.free += 1
        if account.free > LONGEST:
            raise _too_long()
        future = self._backend.submit(query)
        if future.done() and future.exception() is None:
            answer = future.result()
            account.free_tokens += answer.tokens_in + answer.tokens_out
        return future

    def worst(self, query: Query) -> Cost | None:
        """What the model says."""
        return stated_worst(self._backend, query)


class StandIn(Like):
    """Another model in the place of *backend*; it reads items, which change nothing in the keys of queries."""

    def __init__(self, backend: Backend, staging: Staging) -> None:
        super().__init__(backend)
        self._items, self.reads_items = self.reads_items, True
        self.free = self.paid = False
        self._backend, self._staging = backend, staging
        self._hosted = backend if isinstance(backend, Hosted) else None
        self._model = _synthetic(staging.assumed.preset, staging.assumed.accuracy)

    def worst(self, query: Query) -> Cost | None:
        """What the model says."""
        return stated_worst(self._backend, query)

    def submit(self, query: Query) -> Future[Answer]:
        staging, account = self._staging, self._staging.account
        key = self._key(query)
        found = (tape.find(key) for tape in staging.tapes)
        known = next((one for one in found if one is not None), None)
        if known is not None:
            account.there += 1
        else:
            known = account.shared.get(key)
            account.reused += known is not None
        if known is not None:
            return _given(known)
        account.questions += 1
        if account.questions > LONGEST:
            raise _too_long()
        luck = seed_of(key, "dry", staging.luck)  # of this very prompt; a member's own leaning stays, round by round
        query = replace(query, seed=seed_of(query.seed, "dry", staging.luck))
        future: Future[Answer] = Future()
        call = _Call(query, key, luck, future, self._said(query, luck), self._targets(query))
        self._attempt(call, 0, 1, 1)
        return future

    def _key(self, query: Query) -> str:
        """The key of *query* on a tape: this model was handed its item, the real one may not be."""
        if self._items:
            return query.key
        voice = repr((self.watermark, query.model, query.temperature, query.max_tokens)).encode()
        key = sha256(b"%b|%b|%b|%d|%d|" % (voice, _digest(query.system), _digest(query.text), query.seed,
                                           query.occurrence))  # fmt: skip
        return key.hexdigest()[:32]

    def _targets(self, query: Query) -> Sequence[Target]:
        if self._hosted is None:
            return (Target(query.model, FREE, ""),)
        return self._hosted.targets(query)

    def _said(self, query: Query, luck: int) -> tuple[str, int]:
        """The text of the answer, and its tokens."""
        assumed = self._staging.assumed
        structured = self._hosted is not None and self._hosted.beside(query) > 0
        form: Any = query.form
        drawn = assumed.tokens(form.hint(), kind_of(form), structured, uniforms(luck, "tokens")[0])
        tokens = max(1, min(drawn, query.max_tokens))
        try:
            text = self._model.submit(query).result().text
        except ScenarioError:  # what the synthetic model must not guess
            text = filled(query.form, _draws(query))
        return stretched(text, query.form, int(tokens * assumed.characters)), tokens

    # --- the way of a request -------------------------------------------------------------------------------------

    def _attempt(self, call: _Call, place: int, attempt: int, number: int) -> None:
        """Make the request *number*: it is *attempt* so many at the target at *place*."""
        target = call.targets[place]
        if self._hosted is None:
            self._sent(call, place, attempt, number, None)
            return
        door = self._staging.traffic.door(target.server, self._hosted.limits)
        worst = len(call.query.system + call.query.text) / 4 + call.query.max_tokens
        door.enter(worst, partial(self._sent, call, place, attempt, number))

    def _sent(self, call: _Call, place: int, attempt: int, number: int, leave: list[float] | None) -> None:
        staging, target = self._staging, call.targets[place]
        staging.account.requests += 1
        luck = uniforms(call.luck, "request", number)
        fails = luck[0] < staging.assumed.failures
        read = self._read(call.query)
        first = staging.assumed.first * (_AT_HOME if target.server and at_home(target.server) else 1.0)
        seconds = first * math.exp(_FIRST_SPREAD * normal(luck[1])) + read * _READING
        if not fails:
            seconds += call.said[1] * staging.assumed.each
        seconds = min(seconds, self._hosted.patience.timeout) if self._hosted is not None else seconds
        staging.traffic.after(seconds, partial(self._back, call, place, attempt, number, leave, read, fails, luck[2]))

    def _back(
        self, call: _Call, place: int, attempt: int, number: int, leave: list[float] | None, read: int, fails: bool,
        jitter: float,
    ) -> None:  # fmt: skip
        staging, target, written = self._staging, call.targets[place], call.said[1]
        if leave is not None and self._hosted is not None:
            staging.traffic.door(target.server, self._hosted.limits).leave(leave, 0 if fails else read + written)
        if fails and self._hosted is not None:
            patience = self._hosted.patience
            if attempt < patience.attempts:
                pause = min(patience.backoff * 2 ** (attempt - 1), 30.0) * (0.5 + jitter)
                staging.traffic.after(pause, partial(self._attempt, call, place, attempt + 1, number + 1))
            elif place + 1 < len(call.targets):
                self._attempt(call, place + 1, 1, number + 1)
            else:
                self._answered(call, NoAnswer(SERVER_ERROR, "assumed"))
            return
        account, cached = staging.account, self._cached(call.query, target, read)
        price = target.price.of(read, written, cached)
        answer = Answer(text=call.said[0], tokens_in=read, tokens_out=written, cached=cached, micro_usd=price,
                        model=target.model, attempt=number)  # fmt: skip
        account.read, account.written = account.read + read, account.written + written
        account.cached, account.micro_usd = account.cached + cached, account.micro_usd + answer.micro_usd
        self._answered(call, answer)

    def _answered(self, call: _Call, said: Answer | NoAnswer) -> None:
        if isinstance(said, Answer):
            self._staging.account.shared[call.key] = said
            call.future.set_result(said)
        else:
            call.future.set_exception(said)

    def _read(self, query: Query) -> int:
        """Tokens of the prompt, never more than its bytes and what the bound allows for a chat template."""
        beside = self._hosted.beside(query) if self._hosted is not None else 0
        there = len(query.system.encode("utf-8", "replace")) + len(query.text.encode("utf-8", "replace")) + beside
        tokens = (len(query.system) + len(query.text) + beside) / self._staging.assumed.characters
        return max(1, min(round(tokens + CHAT * (1 + bool(query.system))), there + 64))

    def _cached(self, query: Query, target: Target, read: int) -> int:
        """Of *read* tokens, those that come from a prefix cache."""
        size = int(STEP * self._staging.assumed.characters)
        text = f"{query.system}\n{query.text}"
        known = self._staging.account.prefixes.setdefault(target.model, set())
        hashes, key = [], b""
        for start in range(0, len(text) - size + 1, size):
            key = blake2b(text[start : start + size].encode("utf-8", "replace"), key=key, digest_size=8).digest()
            hashes.append(key)
        steps = sum(1 for _ in itertools.takewhile(known.__contains__, hashes))
        known.update(hashes)
        return min(read, round(steps * STEP * self._staging.assumed.cached)) if steps * STEP >= BEGIN else 0


class _Call(NamedTuple):
    """A question on its way: what will be *said* to it (text and tokens), and who is asked."""

    query: Query
    key: str
    luck: int
    future: Future[Answer]
    said: tuple[str, int]
    targets: Sequence[Target]


def _given(known: Answer | NoAnswer) -> Future[Answer]:
    if isinstance(known, NoAnswer):
        return failed(known)
    future: Future[Answer] = Future()
    future.set_result(known)
    return future


def _draws(query: Query) -> Iterator[float]:
    for place in itertools.count():
        yield from uniforms(query.seed, "filled", place)


def _digest(text: str) -> bytes:
    return blake2b(text.encode("utf-8", "replace"), digest_size=16).digest()


@lru_cache(maxsize=16)
def _synthetic(preset: str, accuracy: float | None) -> Any:
    return synthetic(preset=preset, accuracy=accuracy, price="free")


def _too_long() -> ScenarioError:
    return ScenarioError(f"the run asks more than {LONGEST:,} questions, too many to play dry: if its mechanism "
                         "ends at all, estimate a smaller one, and multiply: --set task.rounds=10")  # fmt: skip
