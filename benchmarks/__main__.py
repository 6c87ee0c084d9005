"""Run the benchmarks and print their figures, each beside what it is held against."""

from __future__ import annotations

import argparse
import json
import platform

from benchmarks import (
    accounts,
    endpoints,
    estimating,
    kernel,
    laboratory,
    markets,
    overlap,
    pictures,
    queueing,
    scale,
    startup,
    storage,
    structure,
    trading,
    voting,
    watching,
)

ALL = {
    "answers": kernel.answers,
    "flatness": kernel.flatness,
    "memory": kernel.memory,
    "entries": storage.entries,
    "again": storage.again,
    "scale": scale.scale,
    "talk": scale.talk,
    "overlap": overlap.overlap,
    "direct": endpoints.direct,
    "litellm": endpoints.through_litellm,
    "dataflow": endpoints.dataflow,
    "in_process": endpoints.in_process,
    "soak": endpoints.soak,
    "structure": structure.structure,
    "laboratory": laboratory.laboratory,
    "pictures": pictures.pictures,
    "startup": startup.startup,
    "voting": voting.counting,
    "auctions": markets.auctions,
    "combinatorial": markets.combinatorial,
    "order_book": trading.order_book,
    "lmsr": trading.lmsr,
    "accounts": accounts.accounts,
    "estimating": estimating.coverage,
    "queueing": queueing.queueing,
    "watching": watching.watching,
}


def main() -> None:
    """Parse the arguments, run, print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"which ones: {', '.join(ALL)} (all if none is named)")
    parser.add_argument("--quick", action="store_true", help="small sizes: that they run, not what they show")
    parser.add_argument("--json", action="store_true", help="one JSON object")
    options = parser.parse_args()
    unknown = set(options.names) - set(ALL)
    if unknown:
        parser.error(f"no benchmark {', '.join(sorted(unknown))}; known are: {', '.join(ALL)}")
    if not options.json:
        print(f"Python {platform.python_version()}, {platform.machine()}; one process, CPU time unless it says wall")
    results = {}
    for name in options.names or ALL:
        rows = results[name] = ALL[name](options.quick)
        if not options.json:
            print(f"\n{name}")
            for row in rows:
                goal = f"   (aim {row.goal})" if row.goal else ""
                value = f"{row.value:,.0f}" if row.value >= 1000 else f"{row.value:.4g}"
                print(f"  {value:>10} {row.unit:<10} {row.what}{goal}", flush=True)
    if options.json:
        print(json.dumps({name: [row._asdict() for row in rows] for name, rows in results.items()}))


if __name__ == "__main__":
    main()
