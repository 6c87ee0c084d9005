"""Random profiles, and what other libraries say of them."""

from __future__ import annotations

import numpy as np

from society_sim.rules.ballots import Ballots
from society_sim.rules.rulebook import RULEBOOK

RANKED = [name for name, rule in RULEBOOK.items() if rule.asks == "ranking" or name == "plurality"]


def profiles(seed, count, voters=9, options=5):
    """Seeded profiles as lists of rankings of 0..m-1."""
    rng = np.random.default_rng(seed)
    for _ in range(count):
        n, m = rng.integers(1, voters + 1), rng.integers(1, options + 1)
        yield [[int(place) for place in rng.permutation(m)] for _ in range(n)]


def winners(rule, ranks, order=None):
    """Our winners of a profile as above."""
    options = [str(place) for place in range(len(ranks[0]))]
    ballots = Ballots.of([[str(place) for place in row] for row in ranks], options)
    return [int(option) for option in RULEBOOK[rule].count(ballots, order).winners]


def elect(rule, rankings, options="ABC", order=None, weights=None):
    """Winners, in one word, of rankings written as words: `elect("borda", ["ABC", "BAC"])`."""
    return "".join(RULEBOOK[rule].count(Ballots.of(rankings, options, weights), order).winners)
