"""Competence: which answer a model gives to a task item. The only module of the model that opens the gold answer.

Normal-ogive item response theory with nested errors (Lord and Novick 1968; variances fitted to the error correlations
of 70 served models, docs/synthetic.md):

    margin = theta - b_item - F_item,family - M_item,model - eps_answer        right if and only if margin > 0

theta is the normal quantile of the model's accuracy. A wrong answer is the inverse CDF of the item's own shares of
wrong options at Phi(sum of four nested normals), so wrong answers are shared as well. All that belongs to the item is
keyed by the item's id and by the texts of its options, and not by the run: the same bank is equally hard in every run
and under every mechanism, and the order or lettering of the options does not matter. Only eps is keyed by the query.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from functools import lru_cache
from itertools import pairwise
from typing import NamedTuple

from society_sim.backends.synthetic.parameters import Mind, Skill, value
from society_sim.errors import ScenarioError
from society_sim.seal import unseal
from society_sim.streams import normal, uniforms
from society_sim.values import Item

_BANK = 0x5F50C1E7
"""The seed of all that belongs to items."""
_OPEN = 30
"""So many wrong answers there are to a question without options."""
_SQRT2 = math.sqrt(2)


class Sample(NamedTuple):
    """One answer: the *option*, and the *margin* by which it is right (negative: wrong).

    *mean* and *sd* are those of the margin over items, which is all that the model knows of itself.
    """

    option: str
    margin: float
    mean: float
    sd: float


class _Facts(NamedTuple):
    """What stands fixed between one item and one model: draws shared by all its answers."""

    right: str | None
    wrong: tuple[str, ...]
    shares: tuple[float, ...]
    shift: float
    lean: float
    mean: float


def sample(item: Item, options: tuple[str, ...], mind: Mind, draw: tuple[float, ...], temperature: float) -> Sample:
    """The answer of *mind* to *item* among *options*, by the first two of the uniforms in *draw*.

    *options* are those that the ballot offers; a run-off may offer only some of the item's. An item without options
    has an open answer: the gold one, or one of thirty invented wrong ones. `ScenarioError` if the item has no gold.
    """
    facts = _facts(item, options, mind)
    skill = mind.skill
    noise, spread = _noise(skill, temperature)
    margin = facts.mean + facts.shift - noise * normal(draw[0])
    if facts.right is not None and (margin > 0 or not facts.wrong):
        return Sample(facts.right, margin, facts.mean, spread)
    place = 0.5 * math.erfc(-(facts.lean + _lean_noise(skill) * normal(draw[1])) / _SQRT2)
    first = min(bisect_right(facts.shares, place), len(facts.wrong) - 1)  # shares may sum to a hair less than one
    return Sample(facts.wrong[first], margin, facts.mean, spread)


def attractions(item: Item, options: tuple[str, ...], mind: Mind) -> dict[str, float]:
    """How attractive each option is to *mind* beyond its answer, for the lower places of a ranking.

    The wrong ones by their shares, the right one as much as a wrong one on average.
    """
    facts = _facts(item, options, mind)
    found, before = {}, 0.0
    for option, until in zip(facts.wrong, facts.shares, strict=True):
        found[option], before = until - before, until
    if facts.right is not None:
        found[facts.right] = 1 / max(1, len(found))
    return found


@lru_cache(maxsize=4096)
def answers(item: Item) -> tuple[str, ...]:
    """All answers that there are to an open question, in an order that tells nothing: what a listener knows of it."""
    gold = _gold(item)
    return tuple(sorted((gold, *_invented(gold))))


@lru_cache(maxsize=32768)
def _facts(item: Item, options: tuple[str, ...], mind: Mind) -> _Facts:
    skill, bank = mind.skill, item.id
    gold = _gold(item)
    among = options if item.options else (gold, *_invented(gold))
    right = gold if gold in among else None
    wrong, shares = _wrong(bank, tuple(option for option in among if option != gold), skill.spread)
    b, c, *_ = uniforms(_BANK, "item", bank)
    f, g, *_ = uniforms(_BANK, "family", bank, mind.family)
    m, n, *_ = uniforms(_BANK, "model", bank, mind.family, mind.model)
    shift = -sum(math.sqrt(part) * normal(u) for part, u in zip(skill.margin, (b, f, m), strict=False))
    lean = sum(math.sqrt(part) * normal(u) for part, u in zip(skill.wrong, (c, g, n), strict=False))
    return _Facts(right, wrong, shares, shift, lean, _theta(skill, len(among)))


def _theta(skill: Skill, options: int) -> float:
    accuracy = max(skill.accuracy, 1 / options) if skill.floor else skill.accuracy
    return normal(accuracy) if 0 < accuracy < 1 else math.copysign(40.0, accuracy - 0.5)


@lru_cache(maxsize=256)
def _noise(skill: Skill, temperature: float) -> tuple[float, float]:
    """Standard deviations of the single answer's noise and of the whole margin, at *temperature*."""
    curve = value("temperature", "curve")
    (t0, f0), (t1, f1) = next(
        ((low, high) for low, high in pairwise(curve) if temperature <= high[0]), curve[-2:]
    )
    factor = max(0.0, f0 + (f1 - f0) * (temperature - t0) / (t1 - t0))
    noise = skill.margin[3] * factor
    return math.sqrt(noise), math.sqrt(sum(skill.margin[:3]) + noise)


@lru_cache(maxsize=256)
def _lean_noise(skill: Skill) -> float:
    return math.sqrt(skill.wrong[3])


@lru_cache(maxsize=4096)
def _wrong(bank: str, options: tuple[str, ...], spread: float) -> tuple[tuple[str, ...], tuple[float, ...]]:
    """The wrong *options* in an order of the item's own, and their cumulative Dirichlet shares."""
    drawn = sorted((uniforms(_BANK, "option", bank, option)[0], option) for option in options)
    weights = [_gamma(spread, bank, option) for _, option in drawn]
    total, so_far, shares = sum(weights), 0.0, []
    for weight in weights:
        so_far += weight / total
        shares.append(so_far)
    return tuple(option for _, option in drawn), tuple(shares)


def _gamma(shape: float, bank: str, option: str) -> float:
    """A gamma draw named by item and option (Marsaglia and Tsang 2000; infinite shape: always 1)."""
    if math.isinf(shape):
        return 1.0
    d = shape + 1 - 1 / 3  # drawn for shape + 1 and scaled down, so that shapes below one work as well
    c = 1 / math.sqrt(9 * d)
    attempt = 0
    while True:
        draw = uniforms(_BANK, "share", bank, option, attempt)
        for u0, u1 in ((draw[0], draw[1]), (draw[2], draw[3]), (draw[4], draw[5])):
            x = normal(u0)
            v = (1 + c * x) ** 3
            if v > 0 and math.log(u1) < 0.5 * x * x + d * (1 - v + math.log(v)):
                return max(1e-300, d * v * math.exp(math.log(draw[6]) / shape))
        attempt += 1


def _gold(item: Item) -> str:
    if item.gold is None:
        raise ScenarioError(f"item {item.id!r} has no gold answer: a synthetic model has nothing to be right about")
    return unseal(item.gold, "competence")


def _invented(gold: str) -> tuple[str, ...]:
    """Wrong answers to an open question: numbers around a number, or words that say that they are wrong."""
    try:
        number = float(gold.replace(",", ""))
        if not math.isfinite(number):
            raise ValueError(gold)
    except ValueError:
        return tuple(f"wrong answer {place + 1}" for place in range(_OPEN))
    places = len(gold.partition(".")[2])
    step = max(10.0**-places, 10.0 ** (math.floor(math.log10(abs(number))) - 1) if number else 0.0)
    half = _OPEN // 2
    below = (number - step * k for k in range(1, half + 1))
    below = (one if one >= 0 or number < 0 else number + step * (half + k) for k, one in enumerate(below, 1))
    above = (number + step * k for k in range(1, half + 1))
    return tuple(f"{one:.{places}f}" for one in (*below, *above))
