"""D: what markets over time come to: market makers' prices and losses, and traders without intelligence."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager
from math import exp, log
from typing import Any
from unittest.mock import patch

import numpy as np

from society_sim.accounts import MICRO
from society_sim.measures.money import treasury
from society_sim.registry import policy
from society_sim.rules.market_maker import Maker
from society_sim.rules.prediction import worst_loss
from society_sim.rules.sessions import zero_intelligence
from society_sim.scenario import Scenario
from society_sim.streams import stream
from society_sim.validity.findings import Finding, band, exact, few
from society_sim.validity.rows import Bench, mutant, replaced, row

# --- D5: the logarithmic market scoring rule --------------------------------------------------------------------------

_B = 100.0


def market(size: int, questions: int, options: int, **policies: Any) -> Scenario:
    """*size* members who always know the right answer trade in it, with money, at liquidity 100."""
    return Scenario.of(
        name="lmsr",
        models={"m": {"synthetic": {"preset": "independent", "price": "free", "accuracy": 1.0, "policies": policies}}},
        population={"plain": {"size": size, "model": "m"}},
        topology="flat",
        money={"purse": 1000, "treasury": 100_000},
        task={"multiple_choice": {"rounds": questions, "options": options}},
        mechanism={"prediction_market": {"liquidity": _B}},
    )


@row(
    "D5", "A market maker by the logarithmic scoring rule", source="Hanson 2003",
    formula="C(q) = b ln sum exp(q / b); it loses b ln n at most", cases=[{"what": "prices"}, {"what": "losses"}],
)  # fmt: skip
def scoring_rule(bench: Bench, what: str) -> Iterator[Finding]:
    """One trader who is so sure of the right answer, and what the trade costs; then losses under trades at random."""
    if what == "losses":
        yield from _losses(bench)
        return
    price = 1 / (1 + exp(-1))  # that of an option of two, of which b shares are out
    for number, (options, sure) in enumerate([(2, price), (2, 0.9), (4, 0.99)]):
        result = bench.run(market(1, 1, options, belief_lmsr={"sure": sure}), seed=number)
        (outcome,) = result.outcomes
        (shares,), (paid,) = outcome["holdings"]["0"].values(), outcome["pays"].values()
        if sure == price:
            yield exact("cost of 100 shares", paid, _B * log((exp(1) + 1) / 2), within=2e-6, reference=62.0115)
            yield exact("price then", outcome["prices"][outcome["decision"]], price, within=1e-6, reference=0.731059)
        elif options == 2:
            yield exact("shares that move it to .9", shares, _B * log(9), within=2e-6, reference=219.722)
            yield exact("what the maker then loses", shares - paid, _B * log(1.8), within=4e-6, reference=58.7787)
        lost = 100_000 - treasury(result.record)
        worst = {2: 69.3147, 4: 138.629}[options]
        yield exact(f"loss at {sure:.3g} of {options} options", lost, _B * log(sure * options), within=4e-6)
        yield band(f"within the worst loss with {options} options", lost, 0, _B * log(options))
        most = worst_loss(_B, options)
        yield exact(f"the worst loss with {options} options", most, _B * log(options), reference=worst)


def _losses(bench: Bench) -> Iterator[Finding]:
    luck, worst = stream(bench.seed, "trades"), -np.inf
    sequences = bench.size(10_000)
    for options, times in ((2, sequences // 2), (4, sequences - sequences // 2)):
        sizes = np.exp(luck.normal(0.0, 2.0, (times, 4, options))) * luck.choice([-1, 1], (times, 4, options))
        for trades in (sizes * _B * MICRO).astype(np.int64).tolist():
            maker, paid = Maker.of(options, liquidity=int(_B) * MICRO), 0
            for bought in trades:
                paid += maker.charge(bought)
                maker = maker.after(bought)
            worst = max(worst, (max(maker.shares) - paid) / (_B * MICRO * log(options)))
    yield band(f"largest loss of {sequences:,} sequences, by b ln n", worst, 0.9, 1.0 + 1e-9, n=sequences)
    result = bench.run(market(4, bench.size(60), 2, belief_lmsr={}).set("models.m.accuracy", 0.6), seed=9)
    lost = []
    for outcome in result.outcomes:
        paid = sum(outcome["pays"].values())
        held = [sum(own.get(option, 0) for own in outcome["holdings"].values()) for option in outcome["prices"]]
        lost.append(max(held) - paid)
    yield band("largest loss of a market among members", max(lost), 0, _B * log(2), n=len(lost))


@mutant("D5", "the liquidity is forgotten", what="prices")
def without_liquidity() -> AbstractContextManager[None]:
    def of(cls: type[Maker], /, options: int, **_: Any) -> Maker:
        return cls(MICRO, (0,) * options)

    return replaced(**{"society_sim.rules.market_maker.Maker.of": classmethod(of)})


# --- D7: traders without intelligence ---------------------------------------------------------------------------------

_LINEAR = ([150.0 - 8 * i for i in range(12)], [50.0 + 8 * i for i in range(12)])
_MARKETS = {
    "linear": (*_LINEAR, 1),
    "near margin": ([150.0] * 6 + [86.0] * 6, [50.0] * 6 + [114.0] * 6, 1),
    "wide gap": ([130.0] * 6 + [50.0] * 6, [70.0] * 6 + [150.0] * 6, 1),
    "three units": (*_LINEAR, 3),
}
"""Values, costs and units of each trader; all but the first are ours: their source gives figures, and no schedule."""
_PRINTED = {True: (0.9637, 0.9436, 1.0, 0.9975), False: (0.396, 0.720, -0.667, 0.634)}
_TURNS = 800


@row(
    "D7", "Traders without intelligence, and what a budget makes of them", source="Gode and Sunder 1993",
    formula="surplus realised, of the most there is; a trade empties the book, an offer must improve on the best",
    cases=[{"market": market, "budget": budget} for budget in (True, False) for market in _MARKETS],
)  # fmt: skip
def zero_intelligence_traders(bench: Bench, market: str, budget: bool) -> Iterator[Finding]:
    """Sessions of the mechanism against thousands simulated at once by another program, which have no book."""
    values, costs, units = _MARKETS[market]
    sessions = max(4, bench.size(12 if budget else 4))
    result = bench.run(Scenario.of(
        name="fools",
        models={"m": {"synthetic": {"preset": "independent", "price": "free",
                                    "policies": {"zi_c" if budget else "zi_u": {}}}}},
        population={"plain": {"size": 24 // units, "model": "m"}},
        topology="flat",
        task={"trade": {"values": values, "costs": costs, "units": units, "rounds": sessions}},
        mechanism={"double_auction": {"turns": _TURNS, "improve": True, "reset_on_trade": True, "tick": 0.01}},
    ))  # fmt: skip
    reached = [outcome["welfare"] / outcome["optimum"] for outcome in result.outcomes]
    rows = [np.reshape(one, (units, -1)).T for one in (values, costs)]
    many = zero_intelligence(*rows, highest=200, sessions=5000, steps=_TURNS, budget=budget,
                             rng=np.random.default_rng(bench.seed)).efficiency  # fmt: skip
    printed = _PRINTED[budget][list(_MARKETS).index(market)]
    yield few("efficiency", reached, many, float(many.mean()), reference=printed)


@mutant("D7", "the budget is forgotten", market="linear", budget=True)
def without_budget() -> AbstractContextManager[Any]:
    return patch.dict(policy._parts, {"zi_c": policy.get("zi_u")})

