"""What the best weighting of independent voters would have decided."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from society_sim.errors import MISSING
from society_sim.measures.reading import Settled, seed, settled, share
from society_sim.registry import measure
from society_sim.rules import plurality as rule
from society_sim.rules import weights
from society_sim.streams import seed_of
from society_sim.values import Record

_FREE = 10


@measure
def log_odds(record: Record) -> float:
    """Accuracy, 0 to 1, of first answers weighted by the log odds of their models' accuracies on other questions.

    Two folds: the weights for the first, third, ... question come from the second, fourth, ..., and the other way
    round. A model's weight is `rules.weights.log_odds`, with as many options as the questions have on average (a free
    answer counts as one among ten). An abstention counts as wrong in the weight and not at all in the vote; a question
    that a model was never run on (`missing`) counts in neither. Ties by a fair lot. Questions without a known answer
    are left out.

    The rule is optimal if the models err independently (Nitzan and Paroush 1982; Ben-Yashar and Paroush 2001). They do
    not, so it may be beaten. The record is read twice.
    """
    counts: dict[tuple[int, str], list[int]] = defaultdict(lambda: [0, 0])
    offered = known = right = 0
    for known, question in _known(record):
        offered += len(question.options) or _FREE
        for said in question.first.values():
            if said.reason != MISSING:
                tally = counts[known % 2, said.model]
                tally[0] += question.right(said.choice)
                tally[1] += 1
    own, options = seed(record), max(2.0, share(offered, known))
    for number, question in _known(record):
        other = 1 - number % 2
        tallies = [(said.choice, counts[other, said.model]) for said in question.first.values()]
        ballots = [(choice, weights.log_odds(hits, asked, options)) for choice, (hits, asked) in tallies]
        decision = rule.weighted_plurality(ballots, seed_of(own, "tie", question.about))
        right += question.right(decision)
    return share(right, known)


def _known(record: Record) -> Iterator[tuple[int, Settled]]:
    return enumerate((question for question in settled(record) if question.gold is not None), 1)
