"""Peer libraries on the same work, each in an environment of its own: `python -m benchmarks.peers`.

The work: members on a ring answer, round after round, what their four neighbours last said; one call per member and
round, to a local server that answers after a fixed latency. Its ideal wall time is rounds x latency. On few cores the
server takes its share, so the honest measure is the wall time over that of bare aiohttp in the same run.

Each peer gets what helps it: its plainest way to ask, all members at once where it has one, no printing, and a first
call before the clock starts. A run says the same twice if every word is the same; with one fixed latency that is easy,
and only those fail whose members read while others speak.
"""
