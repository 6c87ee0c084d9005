"""Against real elections, where the data lies beside the project: baselines, shipped weights, held-out countries."""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks.coalition_data import read
from society_sim.backends.synthetic.parameters import row
from society_sim.rules.prospects import MARKS, coalitions, prospects, weights_of

pytestmark = pytest.mark.data


@pytest.fixture(scope="module")
def cases(data):
    return list(read(data / "public_coalition_parties.csv.gz", data / "public_coalition_formations.csv.gz"))


@pytest.mark.slow
def test_the_choice_model_beats_the_narrowest_coalition_and_baselines_are_as_published(cases):
    pytest.importorskip("scipy")
    from benchmarks.elections import baselines, beside

    weights = weights_of(row("negotiation", "marks"))
    found: dict[str, list[tuple[float, float]]] = {}
    for one in cases:
        likely = prospects(one.house, weights, 0.1)
        best = np.flatnonzero(likely.table[int(np.where(likely.stands, likely.score, -np.inf).argmax())])
        mine = {**baselines(one.house, one.names), "likeliest": beside([one.house.names(best.tolist())], one.names)}
        for name, pair in mine.items():
            found.setdefault(name, []).append(pair)
    mean = {name: tuple(np.mean(pairs, 0).round(2)) for name, pairs in found.items()}
    assert len(cases) == 306
    assert mean["narrowest (De Swaan)"] == (0.16, 0.48)
    assert mean["outgoing again"] == (0.37, 0.51)
    assert mean["random minimal winning"] == (0.08, 0.37)
    assert mean["smallest (Riker)"] == (0.07, 0.33)
    assert mean["likeliest"][0] > 0.36
    assert mean["likeliest"][1] > 0.57


@pytest.mark.slow
def test_shipped_weights_are_those_that_the_fit_gives_and_hold_for_other_countries(cases):
    pytest.importorskip("scipy")
    from benchmarks.coalition_fit import fit, folds, tables

    data = tables(cases)
    shipped = row("negotiation", "marks")
    for mark, weight in zip(MARKS, fit(data), strict=True):
        assert shipped[mark] == pytest.approx(weight, abs=0.011), mark
    exact, alike = [], []
    for train, test in folds(cases):
        weights = fit([data[i] for i in train])
        for i in test:
            marks, real = data[i]
            table = coalitions(len(cases[i].house.parties))
            best = table[int((marks @ weights).argmax())]
            exact.append(bool((best == table[real]).all()))
            alike.append((best & table[real]).sum() / (best | table[real]).sum())
    assert len(exact) == 306
    assert np.mean(exact) > 0.36
    assert np.mean(alike) > 0.57
