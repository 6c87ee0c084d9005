"""What it costs to begin: the command line's help, and the import."""

from __future__ import annotations

import resource
import subprocess
import sys
from statistics import median

from benchmarks.common import Row

HEAVY = ("mesa", "litellm", "torch", "solara", "matplotlib", "numpy", "networkx", "simpy")


def _cpu(*arguments: str) -> float:
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run([sys.executable, *arguments], check=True, stdout=subprocess.DEVNULL)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def startup(quick: bool) -> list[Row]:
    """CPU seconds of `society-sim --help` and of `import society_sim`, and the heavy modules they load."""
    times = 3 if quick else 7
    code = f"import sys, society_sim.cli.commands; print(sum(name in sys.modules for name in {HEAVY}))"
    loaded = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True).stdout
    return [
        Row("society-sim --help", median(_cpu("-m", "society_sim", "--help") for _ in range(times)), "s CPU", "< 0.3"),
        Row("python -c 'import society_sim'", median(_cpu("-c", "import society_sim") for _ in range(times)), "s CPU"),
        Row("python -c pass", median(_cpu("-c", "pass") for _ in range(times)), "s CPU"),
        Row("heavy modules that the command line loads", float(loaded), "", "0"),
    ]
