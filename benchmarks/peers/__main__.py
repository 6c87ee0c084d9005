"""Run the peers on the same work and print what each took, beside bare aiohttp and the ideal."""

from __future__ import annotations

import argparse
import json
import platform
import sys
import tempfile
from collections.abc import Iterator
from contextlib import nullcontext
from pathlib import Path

from benchmarks.peers.environments import BASELINE, PEERS, ROOT, Unavailable, python
from benchmarks.peers.measuring import Load, measure

COLUMNS = ("peer", "version", "N", "latency ms", "wall s", "x ideal", "x aiohttp", "CPU ms/call", "calls", "same twice")
WIDTHS = (19, 8, 5, 10, 8, 8, 9, 11, 7, 10)


def endpoint(latency_ms: float):
    """The local server, as a context manager."""
    sys.path.insert(0, str(ROOT / "tests" / "endpoints"))
    from endpoint_server import Endpoint

    return Endpoint(latency_ms=latency_ms, latency_sigma=0.0, brain="words")


def rows(options: argparse.Namespace, folder: Path) -> Iterator[dict]:
    """One row per latency, size and peer; the baseline is always among them, and first."""
    chosen = [name for name in PEERS if name == BASELINE or not options.only or name in options.only]
    ready = {name: installed(name, folder) for name in chosen}
    for latency in options.latency_ms:
        with endpoint(latency) as server:
            for members in options.members:
                load = Load(members, options.rounds, latency)
                found = measure(ready, load, options.repeat, server)
                least = found[BASELINE]
                for name, took in found.items():
                    row = {"peer": name, "version": PEERS[name].version, **load._asdict()}
                    if isinstance(took, Unavailable):
                        yield {**row, "why": str(took)}
                        continue
                    over = None if isinstance(least, Unavailable) else took.wall_s / least.wall_s
                    yield {**row, **took._asdict(), "over_ideal": took.wall_s / load.ideal_s, "over_aiohttp": over}


def installed(name: str, folder: Path) -> Path | Unavailable:
    """The interpreter that has the peer, or why there is none."""
    try:
        return python(PEERS[name], folder)
    except Unavailable as why:
        return why


def line(row: dict) -> str:
    """A row of the table, as text."""
    head = [row["peer"], row["version"], str(row["members"]), f"{row['latency_ms']:g}"]
    if "why" in row:
        return _cells(head) + "  " + row["why"]
    same = {True: "yes", False: "no", None: "-"}[row["same"]]
    over = f"{row['over_aiohttp']:.2f}" if row["over_aiohttp"] else "-"
    return _cells([*head, f"{row['wall_s']:.2f}", f"{row['over_ideal']:.2f}", over, f"{row['cpu_ms']:.2f}",
                   f"{row['calls']:,}", same])  # fmt: skip


def _cells(cells) -> str:
    return " ".join(f"{cell:<{width}}" if number < 2 else f"{cell:>{width}}"
                    for number, (cell, width) in enumerate(zip(cells, WIDTHS, strict=False)))  # fmt: skip


def main() -> None:
    """Parse the arguments, run, print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.peers", description=__doc__)
    parser.add_argument("--members", type=int, nargs="+", default=[64, 256], metavar="N", help="sizes (64 256)")
    parser.add_argument("--rounds", type=int, default=5, metavar="R", help="calls of each member (5)")
    parser.add_argument("--latency-ms", type=float, nargs="+", default=[100, 1000], metavar="MS",
                        help="how long the server takes to answer (100 1000)")  # fmt: skip
    parser.add_argument("--repeat", type=int, default=2, metavar="K", help="runs of each; medians are shown (2)")
    parser.add_argument("--only", nargs="+", choices=PEERS, metavar="NAME",
                        help=f"these, besides bare aiohttp: {', '.join(PEERS)}")  # fmt: skip
    parser.add_argument("--environments", type=Path, metavar="FOLDER",
                        help="keep the peers' virtual environments there, for next time")  # fmt: skip
    parser.add_argument("--json", action="store_true", help="one JSON object")
    options = parser.parse_args()
    if min(*options.members, *options.latency_ms, options.rounds, options.repeat) <= 0:
        parser.error("members, rounds, latencies and repeats are more than 0")
    kept = options.environments
    machine = f"Python {platform.python_version()}, {platform.machine()}"
    if not options.json:
        print(f"{machine}; {options.rounds} rounds, one call per member and round\n\n{_cells(COLUMNS)}", flush=True)
    found = []
    with nullcontext(kept) if kept else tempfile.TemporaryDirectory() as folder:
        for row in rows(options, Path(folder).resolve()):
            found.append(row)
            print(line(row), flush=True, file=sys.stderr if options.json else sys.stdout)
    if options.json:
        print(json.dumps({"machine": machine, "rows": found}))


if __name__ == "__main__":
    main()
