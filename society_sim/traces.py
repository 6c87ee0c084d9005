"""What members leave behind by answering and speaking: what a rewiring may look at, kept as it comes and never copied.

Taking note costs a dictionary's entry per answer or message; nothing is put together before it is read.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Collection, Hashable, Iterable, Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Any, TypeVar

from society_sim.frame import Said, Standing, Use, Verdict
from society_sim.promises import Promise, Scope
from society_sim.scoring import choice_of, judged

K = TypeVar("K")
V = TypeVar("V")
Pair = tuple[int, int]
_made: Any = tuple.__new__  # of a named tuple, without the way through its own


class Lazy(Mapping[K, V]):
    """A mapping whose values are made when they are read.

    >>> squares = Lazy(range(3), lambda key: key * key)
    >>> squares[2], dict(squares)
    (4, {0: 0, 1: 1, 2: 4})
    """

    __slots__ = ("_keys", "_read")

    def __init__(self, keys: Collection[K], read: Callable[[K], V]) -> None:
        self._keys, self._read = keys, read

    def __getitem__(self, key: K) -> V:
        if key not in self._keys:
            raise KeyError(key)
        return self._read(key)

    def __iter__(self) -> Iterator[K]:
        return iter(self._keys)

    def __len__(self) -> int:
        return len(self._keys)

    def __contains__(self, key: object) -> bool:
        return key in self._keys


class Traces:
    """What was answered last by whom, how often it was right, and which ties carried words."""

    def __init__(self) -> None:
        self._said: dict[int, Said | tuple[Promise, float]] = {}  # a promise until its question is settled
        self._tally: dict[int, list[int]] = {}
        self._verdicts: dict[int, Verdict] = {}
        self._used: dict[Pair, Use] = {}
        self._again: dict[int, tuple[Sequence[int], float, int]] = {}  # to whom each spoke last, when, how often again
        self._recalled: dict[Hashable, deque[Mapping[int, Hashable]]] = {}

    # --- taking note ----------------------------------------------------------------------------------------------

    def landed(self, promise: Promise, now: float) -> None:
        """A member has come to its answer; what it is may not be known yet."""
        self._said[promise.member.id] = (promise, now)

    def settled(self, scope: Scope, told: Any, now: float) -> None:
        """The question of *scope* is settled; *told* is what its members' last answers are held against."""
        verdicts = [Verdict(scope.id, right, now) for right in (False, True)]
        for seat, promise in scope.latest.items():
            value = promise.value
            right = judged(value, told)
            tally = self._tally.setdefault(seat, [0, 0, 0])
            tally[0] += 1
            tally[1] += value is not None
            tally[2] += right
            self._verdicts[seat] = verdicts[right]
            held = self._said.get(seat)
            if held is not None and held[0] is promise:  # else it has answered another question since
                self._said[seat] = self._read(seat)

    def spoke(self, source: int, targets: Sequence[int], now: float) -> None:
        """Words have passed along the ties from *source* to *targets*."""
        again = self._again.get(source)
        if again is not None and again[0] == targets:  # as in every round of a talk: one step, however many hear it
            self._again[source] = (targets, now, again[2] + 1)
            return
        self._count(source)
        self._pass(source, targets, now, 1)
        self._again[source] = (targets, now, 0)

    def _pass(self, source: int, targets: Iterable[int], now: float, times: int) -> None:
        used = self._used
        for target in targets:
            pair = (source, target)
            before = used.get(pair)
            used[pair] = _made(Use, (now, times if before is None else before[1] + times))

    def _count(self, source: int) -> None:
        """Enter what *source* has said to the same as before."""
        again = self._again.pop(source, None)
        if again is not None and again[2]:
            self._pass(source, *again)

    def tied(self, pair: Pair, now: float) -> None:
        """A tie has appeared: it has been of no use yet."""
        self._count(pair[0])
        self._used[pair] = Use(now, 0)

    def untied(self, pair: Pair) -> None:
        """A tie has gone."""
        self._count(pair[0])
        self._used.pop(pair, None)

    def keep(self, there: Callable[[int, int], bool]) -> None:
        """Forget all ties that are not *there* any more."""
        for source in list(self._again):
            self._count(source)
        self._used = {pair: use for pair, use in self._used.items() if there(*pair)}

    def forget(self, seat: int) -> None:
        """Somebody new sits down on *seat*, who has answered nothing yet."""
        self._said.pop(seat, None)
        self._tally.pop(seat, None)
        self._verdicts.pop(seat, None)

    def recall(self, name: Hashable, said: Mapping[int, Hashable], last: int) -> Sequence[Mapping[int, Hashable]]:
        """What was said to the *last* questions that a mechanism keeps under *name*, the oldest first; *said* is added.

        >>> traces = Traces()
        >>> traces.recall("votes", {0: "A"}, 2), traces.recall("votes", {0: "B"}, 2), traces.recall("votes", {}, 2)
        (({0: 'A'},), ({0: 'A'}, {0: 'B'}), ({0: 'B'}, {}))
        """
        kept = self._recalled[name] = deque(self._recalled.get(name, ()), maxlen=last)
        kept.append(said)
        return tuple(kept)

    # --- reading --------------------------------------------------------------------------------------------------

    def standing(self, seats: Collection[int]) -> Mapping[int, Standing]:
        """How each of *seats* has done."""
        return Lazy(seats, lambda seat: Standing(*self._tally.get(seat, ())))

    @property
    def said(self) -> Mapping[int, Said]:
        """What each member answered last; reading one waits for it."""
        return Lazy(self._said.keys(), self._read)

    @property
    def verdicts(self) -> Mapping[int, Verdict]:
        """How each member did last."""
        return MappingProxyType(self._verdicts)

    @property
    def used(self) -> Mapping[Pair, Use]:
        """The use of each tie that was of any, or that has appeared since the beginning."""
        for source in list(self._again):
            self._count(source)
        return MappingProxyType(self._used)

    def _read(self, seat: int) -> Said:
        held: Any = self._said[seat]
        if isinstance(held, Said):
            return held
        promise, landed = held
        return Said(promise.scope.id, choice_of(promise.value), landed)
