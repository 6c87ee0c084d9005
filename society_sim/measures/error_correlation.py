"""How far the members err together: what limits every vote."""

from __future__ import annotations

import math
from collections.abc import Iterator
from itertools import islice
from typing import Any

import numpy as np

from society_sim.measures.reading import Settled, settled
from society_sim.registry import measure
from society_sim.store import only
from society_sim.values import Record

_CHUNK = 256  # questions that are counted together: pairs of members are counted by products of matrices


@measure
def error_correlation(record: Record) -> float:
    """Mean correlation (phi) of errors over all pairs of members, -1 to 1; 0 if they err independently.

    Of each pair the questions that both were asked count, by their first answers; an abstention is an error. A member
    that always or never errs has no correlation and is left out. Real models stand at 0.3 to 0.6 (Kim, Garg, Peng and
    Garg 2025, Correlated errors in large language models).
    """
    asked = erred = both = np.zeros((0, 0))
    for there, wrong, _ in _chunks(record):
        asked, erred = _plus(asked, there.T @ there), _plus(erred, wrong.T @ there)
        both = _plus(both, wrong.T @ wrong)
    pairs = np.nonzero(np.triu(asked, 1))
    n = asked[pairs]
    one, other = erred[pairs] / n, erred.T[pairs] / n
    spread = np.sqrt(one * (1 - one) * other * (1 - other))
    known = spread > 0
    return _mean((both[pairs] / n - one * other)[known] / spread[known])


@measure
def same_wrong(record: Record) -> float:
    """How often two members that both chose wrongly chose the same, 0 to 1, averaged over pairs of members.

    By first answers; abstentions are left out, as are pairs that never both chose wrongly. With independent errors over
    m options it is about 1 / (m - 1).
    """
    same = both = np.zeros((0, 0))
    for _, _, chosen in _chunks(record):
        wrongly = (chosen > 0).astype(float)
        both = _plus(both, wrongly.T @ wrongly)
        same = _plus(same, np.zeros_like(both))
        for code in range(1, int(chosen.max(initial=0)) + 1):
            this = (chosen == code).astype(float)
            same = _plus(same, this.T @ this)
    pairs = np.nonzero(np.triu(both, 1))
    return _mean(same[pairs] / both[pairs])


def _plus(sum_: Any, more: Any) -> Any:
    """The two added; before anything has been counted the sum has no size yet."""
    return sum_ + more if sum_.size else more


def _mean(values: Any) -> float:
    return math.fsum(values) / len(values) if len(values) else float("nan")


def _chunks(record: Record) -> Iterator[tuple[Any, Any, Any]]:
    """Questions with a known answer by members: who was asked, who erred, and a code of the wrong option, 0 if none."""
    members = 1 + max((entry["member"] for entry in only(record, "member", "answer")), default=-1)
    questions = (question for question in settled(record) if question.gold is not None)
    while some := list(islice(questions, _CHUNK)):
        asked, wrong = np.zeros((len(some), members)), np.zeros((len(some), members))
        chosen = np.zeros((len(some), members), dtype=int)
        for row, question in enumerate(some):
            _fill(question, asked[row], wrong[row], chosen[row])
        yield asked, wrong, chosen


def _fill(question: Settled, asked: Any, wrong: Any, chosen: Any) -> None:
    codes: dict[Any, int] = {}
    for seat, said in question.first.items():
        asked[seat] = 1
        if not question.right(said.choice):
            wrong[seat] = 1
            if said.choice is not None:
                chosen[seat] = codes.setdefault(said.choice, len(codes) + 1)
