"""Small experiments whose pages the tests read; made once in a process."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from society_sim import Scenario, experiment

NASTY = '</style><script>alert(1)</script> <img src="http://evil.example/x"> & [x](http://evil.example)'
ARMS = {
    "flat": {"topology": "flat", "mechanism": "plurality"},
    "tree": {"topology": {"hierarchical": {"span": 3, "teams": True}}, "mechanism": "relay"},
}


def small(**sections: Any) -> Scenario:
    """Nine members, flat or in a tree, some of whom do not answer."""
    return Scenario.of(**{
        "name": "small", "about": NASTY,
        "models": {"crowd": {"synthetic": {"preset": "independent", "accuracy": 0.6, "failures": "realistic"}}},
        "population": {"plain": {"size": 9}}, "topology": "flat", "mechanism": "plurality",
        "task": {"multiple_choice": {"rounds": 25, "options": 4}}, "measures": ["error_correlation", "undecided"],
        "arms": ARMS, "grid": {"task.options": [2, 4]}, "compare": {"margin": 0.01}, "seeds": 2, **sections,
    })  # fmt: skip


def folder(out: Path, **sections: Any) -> Path:
    """The folder of a small experiment."""
    return experiment(small(**sections), out=out, workers=1).folder
