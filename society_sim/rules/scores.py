"""Payments that make the truth the best report: for beliefs about what comes true, and for answers nobody can check.

Scores of beliefs are higher the better. They are *strictly proper*: whoever believes *p* expects most by stating *p*,
and less by stating anything else (Savage 1971; Gneiting and Raftery 2007).

>>> [round(score([0.8, 0.2], 0), 3) for score in (brier, log_score, spherical)]
[0.92, -0.223, 0.97]

Beliefs are arrays with the options on the last axis, outcomes places of options; one belief or many at once.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from society_sim.rules.ballots import Array


def brier(belief: Any, outcome: Any) -> Any:
    """1 less the squared distance of the belief from what came true (Brier 1950): from 1, sure and right, to -1."""
    own, told = _seen(belief, outcome)
    return _plain(2 * told - (own * own).sum(-1))


def log_score(belief: Any, outcome: Any, floor: float = 0.0) -> Any:
    """The logarithm of the belief in what came true (Good 1952): 0 at most, and no end to it if the belief was 0.

    A *floor* above 0 counts smaller beliefs as that: no loss is endless then, and the rule is proper for larger ones.
    """
    _, told = _seen(belief, outcome)
    with np.errstate(divide="ignore"):
        return _plain(np.log(np.maximum(told, floor)))


def spherical(belief: Any, outcome: Any) -> Any:
    """The belief in what came true over the length of the belief: from 0 to 1 (Roby 1965)."""
    own, told = _seen(belief, outcome)
    return _plain(told / np.sqrt((own * own).sum(-1)))


SCORES: dict[str, Callable[..., Any]] = {"brier": brier, "log": log_score, "spherical": spherical}
_RANGES = {"brier": (-1.0, 1.0), "spherical": (0.0, 1.0)}


def payment(rule: str, belief: Sequence[float], outcome: int, most: int, *, floor: float = 0.01) -> int:
    """What a belief earns in whole micro-units: from 0 for the worst score to *most* for the best, rounded down.

    Under the `log` rule the worst is that of a belief of *floor*, and smaller ones are paid like it.

    >>> payment("brier", [0.8, 0.2], 0, 1_000_000), payment("log", [0.0, 1.0], 0, 1_000_000)
    (960000, 0)
    """
    if rule not in SCORES:
        raise ValueError(f"no rule {rule!r}; known are {', '.join(SCORES)}")
    if type(most) is not int or most < 0:
        raise ValueError(f"a payment is a whole number of micro-units from 0, not {most!r}")
    if rule == "log":
        if not 0 < floor < 1:
            raise ValueError(f"the log rule needs a floor between 0 and 1, not {floor}")
        low, high, score = math.log(floor), 0.0, log_score(belief, outcome, floor)
    else:
        (low, high), score = _RANGES[rule], SCORES[rule](belief, outcome)
    return min(most, max(0, math.floor(float(score - low) / (high - low) * most + 1e-9)))


def output_agreement(mine: Any, peer: Any) -> Array:
    """1 where both have given the same answer, 0 where not, NaN where one of them (below 0) has given none.

    The game of von Ahn and Dabbish (2004). Truth is an equilibrium where one's own answer is always the likeliest
    for the other; but to say the same thing always is one too, and it pays more.

    >>> output_agreement([0, 1, 2], [0, 2, -1]).tolist()
    [1.0, 0.0, nan]
    """
    own, other = _answers(mine, peer)
    return np.where((own < 0) | (other < 0), np.nan, own == other)


def peer_prediction(mine: Any, peer: Any, prior: Any, rule: str = "log") -> Array:
    """Each answer is paid as the belief it implies about the peer's answer (Miller, Resnick and Zeckhauser 2005).

    *prior* (answers x answers) is the joint chance of one's own and the peer's signal, known to the mechanism: an
    answer stands for the posterior over the peer's, and that is scored by a proper *rule* at what the peer has said.
    If two answers imply different posteriors, truth is a strict equilibrium. NaN where one (below 0) has not answered.

    >>> peer_prediction([0, 1], [0, 0], [[0.4, 0.1], [0.1, 0.4]]).round(3).tolist()
    [-0.223, -1.609]
    """
    own, other = _answers(mine, peer)
    joint = np.asarray(prior, dtype=float)
    if joint.ndim != 2 or joint.shape[0] != joint.shape[1] or (joint < 0).any() or not abs(joint.sum() - 1) < 1e-9:
        raise ValueError("a prior is a square table of chances that sum to 1")
    if (joint.sum(1) <= 0).any():
        raise ValueError("an answer that has no chance implies no belief")
    if max(own.max(initial=-1), other.max(initial=-1)) >= len(joint):
        raise ValueError(f"the prior knows {len(joint)} answers")
    implied = joint / joint.sum(1, keepdims=True)
    table = SCORES[rule](implied[:, None, :], np.arange(len(joint)))
    return np.where((own < 0) | (other < 0), np.nan, table[own, other])


def multi_task(mine: Any, peer: Any) -> Array:
    """For each task: agreement on it, less how often both would agree on two different ones (Dasgupta and Ghosh 2013).

    Answers to all tasks (last axis; below 0: none). From 1 for agreement the share of agreeing pairs is taken off
    among all pairs of one's own answer to one and the peer's answer to another of the *other* tasks: the mean of
    what the drawn pair of their mechanism takes off. So to say the same always earns 0, and with two answers that
    agree more on one task than across tasks, truth is the equilibrium that pays most (with more answers, if each is
    evidence for itself alone; Shnayder et al. 2016). NaN where an answer is missing, or fewer than two other tasks are
    answered by both.

    >>> multi_task([0, 1, 0, 1], [0, 1, 0, 1]).round(3).tolist(), multi_task([1, 1, 1, 1], [1, 1, 1, 1]).tolist()
    ([0.667, 0.667, 0.667, 0.667], [0.0, 0.0, 0.0, 0.0])
    """
    own, other = np.broadcast_arrays(*_answers(mine, peer))
    both = (own >= 0) & (other >= 0)
    same = both & (own == other)
    count = both.sum(-1, keepdims=True) - both
    agreeing = np.zeros(own.shape)  # pairs (l, m), both other than this task, l = m among them
    for answer in np.unique(own[own >= 0]):
        said, heard = both & (own == answer), both & (other == answer)
        agreeing += (said.sum(-1, keepdims=True) - said) * (heard.sum(-1, keepdims=True) - heard)
    agreeing -= same.sum(-1, keepdims=True) - same
    pairs = np.where(both & (count >= 2), count * (count - 1), np.nan)
    paid: Array = same - agreeing / pairs
    return paid


def _seen(belief: Any, outcome: Any) -> tuple[Array, Array]:
    """The belief as an array, and what was believed of that which came true."""
    own = np.asarray(belief, dtype=float)
    if not (own >= 0).all() or not (np.abs(own.sum(-1) - 1) < 1e-6).all():
        raise ValueError("a belief is a list of chances from 0 that sum to 1")
    place = np.asarray(outcome)
    if not ((place >= 0) & (place < own.shape[-1])).all():
        raise ValueError(f"an outcome is the place of one of {own.shape[-1]} options, from 0")
    shape = np.broadcast_shapes(own.shape[:-1], place.shape)
    own, place = np.broadcast_to(own, (*shape, own.shape[-1])), np.broadcast_to(place, shape)
    return own, np.take_along_axis(own, place[..., None], -1)[..., 0]


def _answers(mine: Any, peer: Any) -> tuple[Array, Array]:
    own, other = np.asarray(mine), np.asarray(peer)
    if own.dtype.kind not in "iu" or other.dtype.kind not in "iu":
        raise ValueError("answers are whole numbers: the place of each answer, or -1 where there is none")
    return own, other


def _plain(score: Any) -> Any:
    return score if score.ndim else float(score)
