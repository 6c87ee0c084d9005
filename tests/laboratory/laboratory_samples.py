"""Small experiments for the tests of the laboratory; run as a program, one of them in a process of its own."""

from __future__ import annotations

import sys
from pathlib import Path

from society_sim import Scenario, experiment

ARMS = {
    "flat": {"topology": "flat", "mechanism": "plurality"},
    "tree": {"topology": {"hierarchical": {"span": 3, "teams": True}}, "mechanism": "relay"},
}


def small(**sections) -> Scenario:
    """Nine members, flat or in a tree."""
    return Scenario.of(**{
        "name": "small", "models": {"crowd": {"synthetic": {"preset": "independent", "accuracy": 0.6}}},
        "population": {"plain": {"size": 9}}, "topology": "flat", "mechanism": "plurality",
        "task": {"multiple_choice": {"rounds": 8, "options": 4}}, "measures": ["messages"], "arms": ARMS, "seeds": 2,
        **sections,
    })  # fmt: skip


FILE = """\
name: mortal
models:     {crowd: {synthetic: {preset: independent, accuracy: 0.6}}}
population: {plain: {size: 3}}
topology:   flat
task:       {multiple_choice: {rounds: 8, options: 4}}
mechanism:  plurality
arms:
  flat: {}
  mortal: {mechanism: mortal_vote}
seeds: 3
"""
CODE = '''
"""A vote whose process dies in the middle of it: as often as there are files to take."""

import os
import signal
from pathlib import Path

from society_sim import mechanism
from society_sim.mechanisms.plurality import plurality


@mechanism
def mortal_vote(society, question):
    """Plurality, and death."""
    if society.seed == 1 and question.id.endswith("-5") and "LIVES" in os.environ:
        for life in sorted(Path(os.environ["LIVES"]).glob("life-*")):
            life.unlink()
            os.kill(os.getpid(), signal.SIGKILL)
    return (yield from plurality(society, question))
'''


def written(folder: Path) -> Path:
    """The file of an experiment whose workers die."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "mortal.yaml").write_text(FILE)
    (folder / "mortal.py").write_text(CODE)
    return folder / "mortal.yaml"


def lives(folder: Path, number: int) -> Path:
    """A folder with so many lives to take."""
    folder.mkdir(parents=True, exist_ok=True)
    for life in range(number):
        (folder / f"life-{life}").touch()
    return folder


def tables(folder: Path) -> dict[str, bytes]:
    """The tables in *folder*, byte by byte."""
    return {file.name: file.read_bytes() for file in sorted(folder.iterdir()) if file.suffix in (".csv", ".json")}


if __name__ == "__main__":
    path, out, on = sys.argv[1:]
    print(experiment(Path(path), out=out, on=on, workers=2).folder)
