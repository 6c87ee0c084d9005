"""Plurality: ask everyone once, and the most frequent answer wins."""

from __future__ import annotations

from society_sim.mechanisms.lots import lot_of
from society_sim.registry import mechanism
from society_sim.rules import plurality as rule
from society_sim.society import Doing, Society
from society_sim.values import Outcome, Question


@mechanism
def plurality(society: Society, question: Question) -> Doing[Outcome]:
    """Everyone is asked once, nobody sees anybody's answer, and the answer that most gave is the decision.

    An abstention is not counted; if all abstain, nothing is decided. Ties are settled by a fair lot named by the run's
    seed and the question. Source: Condorcet (1785); for language models self-consistency (Wang et al. 2022) and
    more agents (Li et al. 2024).
    """
    votes = yield from society.ask_all(question.text, question.form)
    return Outcome(rule.plurality(votes.values(), lot_of(society, question)), votes)
