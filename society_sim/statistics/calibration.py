"""Whether what is said to happen with probability p happens in a share p of all cases: of prices, of confidences.

>>> told = calibration([0.1, 0.1, 0.9, 0.9], [False, False, True, False], bins=10)
>>> round(told.ece, 3), round(told.brier, 3), round(told.reliability - told.resolution + told.uncertainty, 3)
(0.25, 0.21, 0.21)
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np


class Bin(NamedTuple):
    """Forecasts that are alike: how many, their mean, and the share of them that came true."""

    cases: int
    forecast: float
    happened: float


@dataclass(frozen=True, slots=True)
class Calibration:
    """How good forecasts are.

    *ece*: the mean distance of forecast and share over the *bins* (expected calibration error; Naeini et al. 2015).
    *brier*: the mean squared error (Brier 1950). It is *reliability* (the mean squared distance, 0 is best) less
    *resolution* (how far the bins' shares lie from the base rate) plus *uncertainty* (of the base rate alone) (Murphy
    1973), exactly so if the forecasts within each bin are equal.
    """

    bins: tuple[Bin, ...]
    ece: float
    brier: float
    reliability: float
    resolution: float
    uncertainty: float


def calibration(forecasts: Any, happened: Any, *, bins: int = 10, equal: str = "width") -> Calibration:
    """The calibration of *forecasts* (probabilities) of what has *happened* or not.

    The *bins* are of equal `width`, or hold equally many cases (`mass`); empty ones are left out. Pairs in which the
    forecast is NaN (an abstention) count for nothing; no pairs at all are an error.
    """
    said, came = np.asarray(forecasts, dtype=float).ravel(), np.asarray(happened, dtype=float).ravel()
    if said.shape != came.shape:
        raise ValueError(f"{len(said)} forecasts of {len(came)} events")
    said, came = said[~np.isnan(said)], came[~np.isnan(said)]
    if not len(said) or said.min() < 0 or said.max() > 1 or not np.isin(came, (0, 1)).all():
        raise ValueError("forecasts are probabilities, and each event has happened or not; at least one of them")
    if bins < 1 or equal not in ("width", "mass"):
        raise ValueError(f"there are one bin or more, of equal width or mass, not {bins} of equal {equal}")
    if equal == "width":
        place = np.minimum((said * bins).astype(int), bins - 1)
    else:  # by rank, and forecasts that are equal stay together
        order = np.sort(said)
        place = np.searchsorted(order, said) * bins // len(said)
    cases = np.bincount(place, minlength=bins)
    kept = cases > 0
    cases = cases[kept]
    mean = np.bincount(place, said, bins)[kept] / cases
    share = np.bincount(place, came, bins)[kept] / cases
    weight, base = cases / cases.sum(), came.mean()
    return Calibration(
        tuple(Bin(int(n), float(p), float(s)) for n, p, s in zip(cases, mean, share, strict=True)),
        ece=float(weight @ np.abs(mean - share)),
        brier=float(((said - came) ** 2).mean()),
        reliability=float(weight @ (mean - share) ** 2),
        resolution=float(weight @ (share - base) ** 2),
        uncertainty=float(base * (1 - base)),
    )
