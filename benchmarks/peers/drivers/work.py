"""The work that every driver does, and the clock it is done by. Needs nothing but the standard library.

Members sit on a ring. In every round each member is told the last words of its four nearest neighbours and answers in
one call. A driver runs as `python DRIVER.py BASE_URL MEMBERS ROUNDS [WAY]` and prints one line of JSON.
"""

from __future__ import annotations

import hashlib
import json
import sys
import time
from collections.abc import Iterable
from contextlib import contextmanager

REACH = (-2, -1, 1, 2)
"""Where on the ring a member's neighbours sit, counted from its own place."""


def prompt(member: int, number: int, heard: Iterable[str]) -> str:
    """What *member* is asked in round *number*, having *heard* its neighbours."""
    said = "\n".join(f"- {words}" for words in heard if words) or "nothing yet"
    return f"Round {number}. You are member {member}. Your neighbours said:\n{said}\nWhat do you say?"


class Work:
    """One run: where the model is (*base_url*), how many *members* and *rounds*, and what was said so far."""

    def __init__(self) -> None:
        self.base_url, members, rounds, *way = sys.argv[1:]
        self.members, self.rounds, self.way = int(members), int(rounds), "".join(way)
        self.said: list[list[str]] = [[] for _ in range(self.members)]
        self._wall = self._cpu = 0.0

    def heard(self, member: int) -> list[str]:
        """The last words of the neighbours of *member*, as they stand now."""
        near = (self.said[(member + step) % self.members] for step in REACH)
        return [words[-1] for words in near if words]

    def ask(self, member: int) -> str:
        """What *member* is to be asked next, as things stand now."""
        return prompt(member, len(self.said[member]), self.heard(member))

    def questions(self) -> list[str]:
        """What all members are to be asked next: made before anybody answers, so a round sees the one before it."""
        return [self.ask(member) for member in range(self.members)]

    def say(self, member: int, words: object) -> None:
        """Keep what *member* answered."""
        if not isinstance(words, str) or not words.strip():
            raise ValueError(f"member {member} gave no words: {words!r}")
        self.said[member].append(words)

    @contextmanager
    def clock(self):
        """Time what is done in this block: wall seconds, and CPU seconds of all threads of this process."""
        wall, cpu = time.perf_counter(), time.process_time()
        yield
        self._wall, self._cpu = time.perf_counter() - wall, time.process_time() - cpu

    def report(self) -> None:
        """Print `wall_s`, `cpu_s`, `calls` (answers that came) and a `digest` of all that was said."""
        calls = sum(map(len, self.said))
        digest = hashlib.sha256(json.dumps(self.said).encode()).hexdigest()[:16]
        print("\n" + json.dumps({"wall_s": self._wall, "cpu_s": self._cpu, "calls": calls, "digest": digest}))
