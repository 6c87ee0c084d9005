"""D and F: what markets make of beliefs, and what it costs to ask a dear model only where a cheap one is in doubt."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager
from math import exp, log, pi, sqrt
from typing import Any

from society_sim.backends.synthetic.parameters import row as preset
from society_sim.forms import Confident
from society_sim.validity.findings import Finding, share
from society_sim.validity.results.juries import weighted_majority
from society_sim.validity.rows import Bench, another, mutant, replaced, row
from society_sim.validity.voters import jury, right
from society_sim.values import Outcome

# --- D6: a market of Bayesians ----------------------------------------------------------------------------------------

_SKILLS = {"a": 0.9, "b": 0.9, "c": 0.6, "d": 0.6, "e": 0.6}
_SURE: dict[str, Any] = {"calibrated": _SKILLS, "all say .9": 0.9, "the weak say .99": {**_SKILLS, "c": 0.99, "d": 0.99,
                                                                                          "e": 0.99}}  # fmt: skip
_PRINTED = {"calibrated": 0.92664, "all say .9": 0.87696, "the weak say .99": 0.648}


@row(
    "D6", "A market of Bayesian traders is a vote weighted by log odds", formula="w = log(s / (1 - s)), s: how sure",
    source="Hanson 2003; Nitzan and Paroush 1982", cases=[{"traders": name} for name in _SURE],
)  # fmt: skip
def bayesian_traders(bench: Bench, traders: str) -> Iterator[Finding]:
    """Two good traders and three middling ones move the price one after another, as sure as they think they may be."""
    sure, questions = _SURE[traders], bench.size(800)
    base = jury(5, questions, accuracy=_SKILLS, variants=list(_SKILLS), policies={"belief_lmsr": {"sure": sure}})
    result = bench.run(base.set("population", {"panel": {"model": "m"}}).set("mechanism", "prediction_market"))
    skills = list(_SKILLS.values())
    said = [sure] * 5 if isinstance(sure, float) else list(sure.values())
    expected = weighted_majority(skills, [log(one / (1 - one)) for one in said])
    yield share("right decisions", right(result), questions, expected, reference=_PRINTED[traders])


@mutant("D6", "traders do not learn from the price", traders="calibrated")
def no_prior() -> AbstractContextManager[None]:
    def told(text: str, options: Any) -> list[float]:
        return [1 / len(options)] * len(options)

    return replaced(**{"society_sim.backends.synthetic.staking.read_prices": told})


@mutant("D6", "the last trader decides", traders="calibrated")
def only_the_last() -> AbstractContextManager[None]:
    def last(society: Any, question: Any, **anything: Any) -> Any:
        answers = yield from society.ask_all(question.text, question.form)
        return Outcome(answers[len(society.members) - 1], answers)

    return another("mechanism", "prediction_market", last)


# --- F12: cheap first -------------------------------------------------------------------------------------------------

_CHEAP, _DEAR, _PRICE = 0.62, 0.85, 0.06  # of the dear model's price
_ROUNDING = 0.025  # confidence is stated in steps of .05
_FRONTIER = {("calibrated", 0.7): (0.507, 0.808, 0.567), ("calibrated", 0.8): (0.626, 0.829, 0.686),
             ("mid", 0.9): (0.767, 0.808, 0.827)}  # fmt: skip


def cheap_first(below: float, confidence: str) -> tuple[float, float]:
    """The share of questions that go to the dear model, and how often the answer is right.

    Two models of different families, whose margins share the difficulty of the item; the cheap one sees its own
    through noise.

    >>> [round(one, 3) for one in cheap_first(0.7, "calibrated")]
    [0.509, 0.809]
    """
    from numpy.polynomial.hermite_e import hermegauss
    from scipy.stats import multivariate_normal, norm

    how = preset("confidence", confidence)
    shared = preset("presets", "helm-mid")["margin"][0]
    cheap, dear = norm.ppf([_CHEAP, _DEAR])
    edge = log((below - _ROUNDING) / (1 - below + _ROUNDING))
    spread = sqrt(1 + how["noise"] ** 2)
    escalated = good = 0.0
    for jitter, weight in zip(*hermegauss(24 if how["jitter"] else 1), strict=True):
        felt = 1 / (1 + exp((how["shift"] + how["jitter"] * jitter - edge) / how["slope"]))
        seen = (norm.ppf(felt) * how["noise"] / spread - cheap) * spread  # in standard deviations of what is seen
        both = [multivariate_normal([0, 0], [[1, -r], [-r, 1]]).cdf([seen, mean])
                for r, mean in ((shared / spread, dear), (1 / spread, cheap))]  # fmt: skip
        escalated += weight * norm.cdf(seen)
        good += weight * (both[0] + _CHEAP - both[1])
    whole = sqrt(2 * pi)
    return float(escalated / whole), float(good / whole)


@row(
    "F12", "A dear model is asked only where a cheap one is in doubt",
    formula="P(seen < t), P(seen < t, dear right) + P(seen >= t, cheap right)", source="Chen, Zaharia and Zou 2023",
    cases=[{"confidence": name, "below": below} for name, below in _FRONTIER],
)  # fmt: skip
def frontier(bench: Bench, confidence: str, below: float) -> Iterator[Finding]:
    """A cheap model of accuracy .62 at .06 of the price of a dear one of .85, of two families, correlated errors."""
    questions = bench.size(1000)
    accuracy = {"vendor-1": _CHEAP, "vendor-2": _DEAR}
    base = jury(2, questions, options=4, preset="helm-mid", accuracy=accuracy, confidence=confidence)
    result = bench.run(base.set("population", {"plain": {"size": 2, "model": "m", "mix": "vendors"}})
                       .set("mechanism", {"escalate": {"below": below}}))  # fmt: skip
    escalated, good = cheap_first(below, confidence)
    printed = _FRONTIER[confidence, below]
    dear = sum(outcome["escalated"] for outcome in result.outcomes)
    yield share("questions that go to the dear model", dear, questions, escalated, reference=printed[0])
    yield share("right decisions", right(result), questions, good, reference=printed[1])


@mutant("F12", "the cheap answer stands", confidence="calibrated", below=0.7)
def cheap_answer_stands() -> AbstractContextManager[None]:
    def asked(society: Any, question: Any, below: float = 0.8, **anything: Any) -> Any:
        cheap = yield from society.members[0].ask(question.text, Confident(question.form))
        doubtful = cheap.value.confidence < below
        if doubtful:
            yield from society.members[1].ask(question.text, question.form)
        return Outcome(cheap.value.value, {}, {"escalated": doubtful})

    return another("mechanism", "escalate", asked)


@mutant("F12", "what is sure goes to the dear model", confidence="calibrated", below=0.7)
def sure_ones_escalated() -> AbstractContextManager[None]:
    def asked(society: Any, question: Any, below: float = 0.8, **anything: Any) -> Any:
        cheap = yield from society.members[0].ask(question.text, Confident(question.form))
        answer, sure = cheap.value.value, cheap.value.confidence >= below
        if sure:
            answer = (yield from society.members[1].ask(question.text, question.form)).value
        return Outcome(answer, {}, {"escalated": sure})

    return another("mechanism", "escalate", asked)
