"""How far the members err together: what limits every vote."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Iterator
from itertools import combinations

from society_sim.measures.reading import settled
from society_sim.registry import measure
from society_sim.values import Record


@measure
def error_correlation(record: Record) -> float:
    """Mean correlation (phi) of errors over all pairs of members, -1 to 1; 0 if they err independently.

    Of each pair the questions that both were asked count, by their first answers; an abstention is an error. A member
    that always or never errs has no correlation and is left out. Real models stand at 0.3 to 0.6 (Kim, Garg, Peng and
    Garg 2025, Correlated errors in large language models).
    """
    both: Counter[tuple[int, int]] = Counter()
    first: Counter[tuple[int, int]] = Counter()
    second: Counter[tuple[int, int]] = Counter()
    asked: Counter[tuple[int, int]] = Counter()
    for answers in _answers(record):
        for (a, (wrong_a, _)), (b, (wrong_b, _)) in combinations(sorted(answers.items()), 2):
            pair = (a, b)
            asked[pair] += 1
            first[pair] += wrong_a
            second[pair] += wrong_b
            both[pair] += wrong_a and wrong_b
    found = []
    for pair, n in asked.items():
        one, other = first[pair] / n, second[pair] / n
        spread = math.sqrt(one * (1 - one) * other * (1 - other))
        if spread:
            found.append((both[pair] / n - one * other) / spread)
    return math.fsum(found) / len(found) if found else float("nan")


@measure
def same_wrong(record: Record) -> float:
    """How often two members that both chose wrongly chose the same, 0 to 1, averaged over pairs of members.

    By first answers; abstentions are left out, as are pairs that never both chose wrongly. With independent errors over
    m options it is about 1 / (m - 1).
    """
    wrong: dict[tuple[int, int], list[int]] = defaultdict(lambda: [0, 0])
    for answers in _answers(record):
        chosen = [(seat, said) for seat, (is_wrong, said) in sorted(answers.items()) if is_wrong and said is not None]
        for (a, one), (b, other) in combinations(chosen, 2):
            tally = wrong[a, b]
            tally[0] += one == other
            tally[1] += 1
    shares = [same / n for same, n in wrong.values()]
    return math.fsum(shares) / len(shares) if shares else float("nan")


def _answers(record: Record) -> Iterator[dict[int, tuple[bool, object]]]:
    """For each question with a known answer: seat -> whether its first answer is wrong, and that answer."""
    for question in settled(record):
        if question.gold is not None:
            yield {seat: (not question.right(said.choice), said.choice) for seat, said in question.first.items()}
