"""Peer libraries on the same work, each in an environment of its own: `python -m benchmarks.peers`.

The work: members on a ring answer, round after round, what their four neighbours last said; one call per member and
round, to a local server that answers after a fixed latency. Its ideal wall time is rounds x latency. On few cores the
server takes its share, so the honest measure is the wall time over that of bare aiohttp in the same run.
"""
