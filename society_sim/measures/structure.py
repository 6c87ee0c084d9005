"""How the society is organised: its structure at the end, or its mean over time.

All take *every*: 0 for the value at the end of the run; else the mean of the values at the moments 0, *every*,
2 *every*, ... of simulated time. What is not a number (a span without bosses) is left out of a mean.
"""

from __future__ import annotations

from society_sim.bounds import NonNegative
from society_sim.registry import measure
from society_sim.structure.over_time import over_time
from society_sim.values import Record


@measure
def depth(record: Record, *, every: NonNegative = 0.0) -> float:
    """Steps on the longest line of reporting; 0 without bosses. Members who report in a circle are on one level.

    A line leads from a member to its boss: along a tie of kind `report`, or against one of kind `command`. *every*: 0
    for the end of the run, else the mean over moments so far apart in simulated time.

    >>> ties = [[2, 1, "report", 1.0], [1, 0, "report", 1.0]]
    >>> depth([{"t": 0.0, "kind": "graph", "nodes": {"0": {}, "1": {}, "2": {}}, "ties": ties}])
    2.0
    """
    return over_time(record, "depth", every)


@measure
def span(record: Record, *, every: NonNegative = 0.0) -> float:
    """Mean span of control: direct reports of a member that has any; not a number without bosses.

    *every*: 0 for the end of the run, else the mean over moments so far apart in simulated time.
    """
    return over_time(record, "span", every)


@measure
def widest_span(record: Record, *, every: NonNegative = 0.0) -> float:
    """Most direct reports of one member; not a number without bosses.

    *every*: 0 for the end of the run, else the mean over moments so far apart in simulated time.
    """
    return over_time(record, "widest_span", every)


@measure
def density(record: Record, *, every: NonNegative = 0.0) -> float:
    """Share of the n (n - 1) possible ties that are there.

    *every*: 0 for the end of the run, else the mean over moments so far apart in simulated time.
    """
    return over_time(record, "density", every)


@measure
def clustering(record: Record, *, every: NonNegative = 0.0) -> float:
    """Share of paths of two ties that are closed to a triangle, 0 to 1: Newman, Watts and Strogatz (2002).

    *every*: 0 for the end of the run, else the mean over moments so far apart in simulated time.
    """
    return over_time(record, "clustering", every)


@measure
def centralisation(record: Record, *, every: NonNegative = 0.0) -> float:
    """Degree centralisation, 0 to 1: 1 for a star, 0 where all members have as many ties. Freeman (1979).

    *every*: 0 for the end of the run, else the mean over moments so far apart in simulated time.
    """
    return over_time(record, "centralisation", every)


@measure
def modularity(record: Record, *, found: bool = False, every: NonNegative = 0.0) -> float:
    """How much more of the ties' weight lies within communities than chance would put there: Newman and Girvan (2004).

    Communities are those of the organisation (node attribute `community`; not a number without them), or, with *found*,
    those that the method of Louvain finds, Blondel et al. (2008). *every*: 0 for the end of the run, else the mean over
    moments so far apart in simulated time.
    """
    return over_time(record, "found_modularity" if found else "modularity", every)


@measure
def algebraic_connectivity(record: Record, *, every: NonNegative = 0.0) -> float:
    """Second smallest eigenvalue of the normalised Laplacian, 0 to n / (n - 1): how well the society holds together.

    0 if it falls into parts; directions and weights aside. Chung (1997). *every*: 0 for the end of the run, else the
    mean over moments so far apart in simulated time. Beyond 200 members with an absolute error below 0.000001.
    """
    return over_time(record, "algebraic_connectivity", every)


@measure
def reachability(record: Record, *, every: NonNegative = 0.0) -> float:
    """Share of ordered pairs of members, 0 to 1, of whom the first can reach the second along ties.

    *every*: 0 for the end of the run, else the mean over moments so far apart in simulated time.
    """
    return over_time(record, "reachability", every)


@measure
def components(record: Record, *, every: NonNegative = 0.0) -> float:
    """In how many parts the society falls, directions of ties aside.

    *every*: 0 for the end of the run, else the mean over moments so far apart in simulated time.
    """
    return over_time(record, "components", every)


@measure
def bottleneck(record: Record, *, every: NonNegative = 0.0) -> float:
    """Share of shortest paths, 0 to 1, that run through the one member through whom most do: 1 for the hub of a star.

    The largest betweenness of Freeman (1977); beyond 256 members from the paths that begin at 256 of them, as Brandes
    and Pich (2007). *every*: 0 for the end of the run, else the mean over moments so far apart in simulated time.
    """
    return over_time(record, "bottleneck", every)


@measure
def busiest(record: Record) -> float:
    """Share of all delivered messages, 0 to 1, that the busiest member sent or was sent; not a number without any."""
    return over_time(record, "busiest", 0.0)


@measure
def formality(record: Record) -> float:
    """Share of delivered messages, 0 to 1, between a member and its boss, as it was at that time; either way.

    Not a number without messages. In a manufacturing company 15.8 % of mails were (Nurek and Michalski 2020).
    """
    return over_time(record, "formality", 0.0)


@measure
def sibling_share(record: Record) -> float:
    """Share of delivered messages, 0 to 1, between members with the same boss; not a number without messages."""
    return over_time(record, "sibling_share", 0.0)


@measure
def external_internal(record: Record) -> float:
    """Messages across communities less those within, over all, -1 to 1: the E-I index, Krackhardt and Stern (1988).

    Messages of members without a community do not count; not a number without any other.
    """
    return over_time(record, "external_internal", 0.0)


@measure
def rewired(record: Record) -> float:
    """How many changes of ties there were in all: ties that appeared, disappeared, or got another weight."""
    return over_time(record, "rewired", 0.0)
