"""What the tests of capacity share: streams of requests at a line, replications, theory's formulas."""

from __future__ import annotations

import math

import numpy as np
import orjson
import simpy
from scipy.stats import t as student
from simpy.events import Timeout

from society_sim import Society, inline
from society_sim.lines import Job, Line
from society_sim.testing import scripted


class Request(Job):
    """A request that leaves a trace of itself: (entered, began, ended, waited, served, name)."""

    __slots__ = ("name", "seen", "tokens")

    def __init__(self, env, lines, took, priority=None, *, seen, name=None, tokens=0.0):
        super().__init__(env, lines, took, priority)
        self.seen, self.name, self.tokens = seen, name, tokens

    @property
    def size(self):
        return self.tokens

    def ends(self):
        self.seen.append(self)


def stream(server, gaps, services, priorities=None, *, patience=None):
    """The requests that came to *server* after *gaps*, in the order in which they were done."""
    env, seen = simpy.Environment(0.0), []
    line = Line(env, server)
    coming = iter(zip(gaps, services, priorities if priorities is not None else [None] * len(gaps), strict=True))

    def arrive(event):
        request = event.value
        if request is not None:
            request.start()
            if patience is not None and request.began is None:
                Timeout(env, patience).callbacks.append(lambda _: request.queued and request.withdraw())
        following = next(coming, None)
        if following is not None:
            gap, took, priority = following
            ahead = Request(env, (line,), took, priority, seen=seen)
            Timeout(env, gap, ahead).callbacks.append(arrive)

    Timeout(env, 0.0).callbacks.append(arrive)
    env.run()
    return seen


def erlang_c(slots, load):
    """P(wait), and the mean wait, of M/M/c with service of mean 1 at *load* per slot."""
    offered = slots * load
    parts = [offered**k / math.factorial(k) for k in range(slots)]
    last = offered**slots / math.factorial(slots) / (1 - load)
    waits = last / (sum(parts) + last)
    return waits, waits / (slots - offered)


def interval(means, level=0.999):
    """The middle and half the width of the *level* interval of independent replications."""
    means = np.asarray(means)
    half = student.ppf(0.5 + level / 2, len(means) - 1) * means.std(ddof=1) / math.sqrt(len(means))
    return means.mean(), half


def entries(society_chunks):
    return [orjson.loads(line) for line in b"".join(society_chunks).splitlines()]


def played(agenda, graph, *, model=None, **options):
    """The record of *agenda*, a function of a society, as entries; and what it gave."""
    chunks = []
    society = Society(graph, model or inline(scripted, watermark="model"), write=chunks.append, **options)
    given = society.run(agenda(society))
    return entries(chunks), given, b"".join(chunks)
