"""What is assumed of models that nobody has asked yet, how sure that is, and what a pilot says in its place.

>>> assumptions(["written=100", "failures=0"]).told == {"written", "failures"}
True
>>> assumptions(["writen=100"])
Traceback (most recent call last):
    ...
society_sim.errors.ScenarioError: nothing is assumed of 'writen'; did you mean 'written'...
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import orjson

from society_sim.backends.synthetic.parameters import value
from society_sim.errors import ScenarioError, StoreError, nearest
from society_sim.streams import normal
from society_sim.tape import Tape
from society_sim.tapes import tape_of

DOUBTS = {"written": 0.5, "characters": 0.12, "failures": 0.8, "first": 0.7, "each": 0.5}
"""How sure the usual values are: the standard deviation of the logarithm of what is true over what is assumed."""
ROUGH = {"characters": 0.02}
"""How sure those are that were told: no tokenizer keeps to a figure."""
UNSURE_CACHE = 0.35
"""The same of the share that comes from a cache, which is no factor: it is added."""
EXTREME = 1.645
"""Members who answer by lot count as so many standard deviations away from those of the preset."""
CHAT = 4
"""Tokens that a chat template puts around a message."""
BEGIN, STEP = 1024, 128
"""Tokens of a beginning that was read before, from which on providers cache it, and the steps in which it grows."""


@dataclass(frozen=True, slots=True)
class Assumptions:
    """What an estimate assumes of the models that it plays; `told` names what somebody said, or a pilot measured.

    What is not told is uncertain, and widens the intervals by the `DOUBTS`.
    """

    preset: str = "helm-mid"
    """The synthetic model that answers in the place of the real ones."""
    accuracy: float | None = None
    """The share of items that it is right on; the preset's, if left out. Where members go on until they agree, what is
    asked depends on it; so, unless preset or accuracy are told, it is as uncertain as to answer by lot is far away."""
    written: float | None = None
    """Tokens of an answer, at the median. Left out: by its form, as the table of the synthetic model has them."""
    spread: float = 0.7
    """The standard deviation of the logarithm of the tokens of an answer."""
    characters: float = 4.0
    """Characters of a prompt for each token."""
    failures: float = 0.01
    """The share of requests that bring nothing and are made again."""
    cached: float = 0.5
    """The share of beginnings of prompts long enough to be cached that are."""
    first: float = 0.3
    """Seconds until the first token, at the median (log-sd 0.6), for an endpoint that is not on this machine."""
    each: float = 0.015
    """Seconds for each token that is written."""
    told: frozenset[str] = frozenset()
    pilot: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    """Tokens of the answers of a pilot, sorted, by the form that was asked for; under "", of all. What is written is
    drawn from these."""
    scale: float = 1.0
    """A factor on what is written."""

    def tokens(self, hint: str, kind: str, structured: bool, u: float) -> int:
        """How many tokens an answer has, by the uniform *u*.

        *hint* is what the form asks for, *kind* a row of the table of the synthetic model.
        """
        if self.pilot:
            seen = self.pilot.get(hint) or self.pilot[""]
            return max(1, round(self.scale * seen[int(u * len(seen))]))
        return max(1, round(self.scale * self.median(kind, structured) * math.exp(self.spread * normal(u))))

    def median(self, kind: str, structured: bool) -> float:
        """The median tokens of an answer of a *kind* of the synthetic model's table.

        One that need not keep to a form may think aloud first.
        """
        if self.written is not None:
            return self.written
        return float(value("tokens", "rationale" if kind == "answer" and not structured else kind))

    @property
    def doubtful(self) -> tuple[str, ...]:
        """What is uncertain, by name."""
        open_ = [name for name in (*DOUBTS, "cached") if name not in self.told or name in ROUGH]
        return (*open_, *(["agreement"] if not self.told & {"preset", "accuracy"} else []))

    def shifted(self, name: str) -> list[tuple[Assumptions, float]]:
        """The same with *name* away from what is assumed, and by how many standard deviations of its doubt.

        One for what matters as much upwards as downwards; for `written`, which ends at the most that may be, both.
        """
        if name == "agreement":
            return [(replace(self, preset="independent", accuracy=0.01), EXTREME)]  # which is never below chance
        if name == "cached":
            return [(replace(self, cached=min(1.0, self.cached + UNSURE_CACHE)), 1.0)]
        if name == "written":
            return [(replace(self, scale=self.scale * math.exp(away * DOUBTS[name])), EXTREME)
                    for away in (-EXTREME, EXTREME)]  # fmt: skip
        doubt = ROUGH[name] if name in self.told else DOUBTS[name]
        return [(replace(self, **{name: getattr(self, name) * math.exp(doubt)}), 1.0)]

    def lines(self) -> list[tuple[str, str, str]]:
        """What is assumed in words: name, value, and how sure it is."""
        base = "230 tokens an answer at the median, 12 where only a form is filled in"
        if self.written is not None:
            base = f"{self.written:g} tokens an answer at the median"
        if self.pilot:
            base = f"as many tokens as the {len(self.pilot['']):,} answers of the pilot"
        right = "" if self.accuracy is None else f", right on {100 * self.accuracy:.3g} % of items"
        words = {
            "preset": f"the answers of {self.preset}{right}", "written": base,
            "spread": f"{self.spread:g} log-sd of these",
            "characters": f"{self.characters:.3g} characters a token read",
            "failures": f"{100 * self.failures:.3g} % of requests are made again",
            "cached": f"{100 * self.cached:.0f} % of what a cache could have",
            "first": f"{self.first:.3g} s to the first token, median",
            "each": f"{1000 * self.each:.3g} ms a token",
        }  # fmt: skip
        if self.pilot:
            del words["spread"]
        return [(name, told, self._sure(name)) for name, told in words.items()]

    def _sure(self, name: str) -> str:
        if name in self.told or (name == "preset" and "accuracy" in self.told):
            return "told"
        if name == "preset":
            return "as far from true as to answer by lot"
        if name == "cached":
            return f"give or take {100 * UNSURE_CACHE:.0f} points"
        return f"times or over {math.exp(DOUBTS[name]):.2g}" if name in DOUBTS else "usual"


_NUMBERS = {
    "accuracy": (0.01, 0.99), "written": (1, 1e7), "spread": (0, 5), "characters": (0.5, 100), "failures": (0, 0.99),
    "cached": (0, 1), "first": (0, 3600), "each": (0, 60),
}  # fmt: skip
_FEW = 30
"""Answers to a form, below which a pilot's answers to all forms are taken."""


def assumptions(sets: Sequence[str] = (), pilot: Path | str | None = None) -> Assumptions:
    """The usual assumptions, in place of which *pilot* (a run's folder, or a tape) and then *sets* (`name=value`) say.

    `ScenarioError` for a name or a value that cannot be.
    """
    made = Assumptions() if pilot is None else _measured(Path(pilot))
    for said in sets:
        name, equals, words = said.partition("=")
        known = ("preset", *_NUMBERS)
        if name not in known or not equals:
            raise ScenarioError(f"nothing is assumed of {name!r}; {nearest(name, known)}; known are: {', '.join(known)}"
                                if equals else f"--assume {said}: write NAME=VALUE, such as written=150")  # fmt: skip
        if name == "preset":
            made = replace(made, preset=words, told=made.told | {name})
            continue
        low, high = _NUMBERS[name]
        try:
            number = float(words)
        except ValueError:
            number = math.nan
        if not low <= number <= high:
            raise ScenarioError(f"--assume {said}: {name} is a number from {low:g} to {high:g}")
        pilots = {} if name == "written" else made.pilot
        made = replace(made, pilot=pilots, told=made.told | {name}, **{name: number})  # type: ignore[arg-type]
    return made


def _measured(pilot: Path) -> Assumptions:
    """What the answers and attempts on the tape of a *pilot* say: tokens read and written, failures, cache."""
    prompts: dict[str, tuple[str, int]] = {}
    written: dict[str, list[int]] = {"": []}
    characters = read = attempts = failed = 0
    try:
        with Tape(tape_of(pilot), writable=False) as tape:
            for line in tape.lines():
                data = orjson.loads(line.data)
                if line.prompt:
                    system, text = data["system"], data["text"]
                    prompts[line.prompt] = (text.rpartition("\n\n")[2], len(system) + len(text))
                elif line.is_answer and "text" in data and data.get("try"):
                    hint, length = prompts.get(data["prompt"], ("", 0))
                    written[""].append(data["out"])
                    written.setdefault(hint, []).append(data["out"])
                    characters, read = characters + length, read + data["in"]
                    attempts += 1
                elif line.attempted and "reason" in data:
                    failed += 1
    except StoreError as error:
        raise ScenarioError(f"--pilot: {error}") from None
    if not written[""]:
        raise ScenarioError(f"--pilot {pilot}: no endpoint has answered anything there; it holds nothing to go by")
    kept = {hint: tuple(sorted(many)) for hint, many in written.items() if len(many) >= _FEW or not hint}
    share = failed / (failed + attempts)
    tokens = max(1, read - CHAT * attempts)
    return Assumptions(characters=characters / tokens, failures=share, pilot=kept,
                       told=frozenset({"written", "spread", "characters", "failures"}))  # fmt: skip
