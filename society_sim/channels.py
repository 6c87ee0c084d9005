"""What lies between speaking and hearing: how long a message is on its way, and whether it comes at all.

A channel is a function of eight named uniforms (`streams.uniforms`) that gives how long this message takes, in units of
simulated time, or `None`: it is lost. Luck is that of the pair, and of how often it has spoken about the question: one
message more elsewhere changes nothing here. Which ties there are is not its business: that is the graph's.
"""

from __future__ import annotations

import math

from society_sim.bounds import NonNegative, Share
from society_sim.registry import channel


@channel
def perfect(draw: tuple[float, ...]) -> float | None:
    """Every message is heard at the moment in which it is said: what holds where no channel is given."""
    return 0.0


@channel
def lossy(
    draw: tuple[float, ...], *, loss: Share = 0.1, delay: NonNegative = 0.0, jitter: NonNegative = 0.0
) -> float | None:
    """A message is lost with probability *loss*; one that is not takes *delay* units of simulated time.

    *jitter*: the mean of an exponential delay on top, so that messages may overtake one another. A lost message is an
    entry `lost` of the record, and its sender does not know. Who is asked before a message is there answers without it.

    Source: the lossy link (Shannon 1948) and the fair-loss link of distributed computing (Lynch 1996).

    >>> lossy((0.05,) * 8), lossy((0.5,) * 8, delay=2.0)
    (None, 2.0)
    """
    if draw[0] < loss:
        return None
    return delay - jitter * math.log(draw[1])
