"""Confidence: signal detection, then a verbal distortion; it knows the margin's noise and never whether it is right.

The model sees its own margin through noise, forms the probability that it is right given nothing else but its mean
accuracy (Fleming and Lau 2014), and states it distorted: logit(stated) = shift + slope * logit(felt) + jitter, rounded
to 5 % (values and their anchors: `parameters.yaml`; Xiong et al. 2023).
"""

from __future__ import annotations

import math

from society_sim.backends.synthetic.parameters import Confidence
from society_sim.streams import normal

_SQRT2 = math.sqrt(2)
_FAR = 30.0


def felt(margin: float, mean: float, sd: float, noise: float, u: float) -> float:
    """The probability of being right, as logit, given *margin* seen through *noise* (in *sd*s of the margin)."""
    seen = (margin - mean) / sd + noise * normal(u)
    weight = 1 / (1 + noise * noise)
    x = (mean / sd + seen * weight) / (noise * math.sqrt(weight)) if noise else math.copysign(_FAR, margin)
    if x < -8 or x > 8:
        return math.copysign(_FAR, x)
    right = 0.5 * math.erfc(-x / _SQRT2)
    return math.log(right / (0.5 * math.erfc(x / _SQRT2)))


def stated(logit: float, how: Confidence, u: float) -> float:
    """What is said of a felt *logit*: from 0 to 1 in steps of .05.

    >>> stated(0.0, Confidence(noise=1, shift=0, slope=1, jitter=0), 0.3)
    0.5
    """
    said = how.shift + how.slope * logit + how.jitter * normal(u)
    return round(20 / (1 + math.exp(-max(-_FAR, min(_FAR, said))))) / 20


def logit_of(confidence: float) -> float:
    """The logit of a stated confidence; 0 and 1 are taken as .01 and .99, for nobody is infinitely sure."""
    bounded = min(0.99, max(0.01, confidence))
    return math.log(bounded / (1 - bounded))
