"""Delphi: anonymous rounds, in which everybody is told how the group's answers are spread, and answers again."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from functools import partial
from typing import Annotated, Any

from society_sim.bounds import NonNegative, Positive, above
from society_sim.forms import Form, Number
from society_sim.mechanisms.arguing import flat, reasoned
from society_sim.mechanisms.lots import lot_of
from society_sim.mechanisms.opinion_dynamics import worded
from society_sim.member import View
from society_sim.registry import mechanism
from society_sim.rules.opinions import quartiles
from society_sim.rules.plurality import plurality
from society_sim.scoring import choice_of
from society_sim.society import Doing, Society
from society_sim.values import Outcome, Question


@mechanism
def delphi(
    society: Society,
    question: Question,
    *,
    rounds: Positive = 3,
    agreement: Annotated[float, above(0, 1)] = 0.75,
    within: NonNegative = 0.1,
    reasons: bool = False,
) -> Doing[Outcome]:
    """Everybody answers in secret, is told the group's counts (or median and quartiles), and answers again.

    Nobody speaks to anybody, and nobody learns who said what: a facilitator outside of the society collects the
    answers and reports on them, so ties play no part and there are no messages. *rounds* counts the first. It ends
    early when opinions have converged: for options when the share *agreement* of those who answered agree, for numbers
    when the interquartile range is at most the share *within* of the question's range; and when nobody has changed
    its answer. Each round waits for everybody, for all of them are reported on. With *reasons* members also give a
    reason, and from the second round on those of answers outside the middle half (or other than the most frequent) are
    passed on without names.

    The decision is the plurality of the last round, ties by a fair lot, or the median of numbers. An abstention is not
    counted or reported, and may answer again in the next round; if all abstain in the last, nothing is decided.
    Facts: `rounds` that took place, `converged`.

    Source: Dalkey and Helmer (1963); convergence by the interquartile range is one of several criteria in use (von der
    Gracht 2012), and the values of *agreement* and *within* are ours.
    """
    form: Form = reasoned(question) if reasons else question.form  # type: ignore[assignment]  # as Fields does not nest
    answers = yield from society.ask_all(question.text, form)
    done, converged = 1, _converged(question, answers, agreement, within)
    while done < rounds and not converged:
        before = answers
        answers = yield from society.ask_all(partial(_again, question, answers, _report(question, answers)), form)
        done += 1
        converged = _converged(question, answers, agreement, within) or _values(before) == _values(answers)
    given = [value for value in _values(answers).values() if value is not None]
    if given and isinstance(question.form, Number):
        decision: Any = quartiles(given)[1]
    else:
        decision = plurality(given, lot_of(society, question))
    return Outcome(decision, answers, {"rounds": done, "converged": converged})


def _values(answers: Mapping[int, Any]) -> dict[int, Any]:
    return {seat: choice_of(said) for seat, said in answers.items()}


def _converged(question: Question, answers: Mapping[int, Any], agreement: float, within: float) -> bool:
    given = [value for value in _values(answers).values() if value is not None]
    if not given:
        return False
    if isinstance(question.form, Number):
        low, _, high = quartiles(given)
        return high - low <= within * (question.form.high - question.form.low)
    return Counter(given).most_common(1)[0][1] >= agreement * len(given) - 1e-9


def _report(question: Question, answers: Mapping[int, Any]) -> str:
    """What the facilitator tells everybody of a round; nothing if nobody answered."""
    values = {seat: value for seat, value in _values(answers).items() if value is not None}
    if not values:
        return ""
    if isinstance(question.form, Number):
        low, median, high = quartiles(values.values())
        lines = [f"Median answer of the group: {worded(median)}",
                 f"Half of the answers lie between {worded(low)} and {worded(high)}."]  # fmt: skip
        far = [seat for seat, value in values.items() if not low <= value <= high]
    else:
        counts = Counter(map(flat, values.values()))
        most = max(counts.values())
        told = [f"{count} x {option}" for option, count in sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))]
        lines = [f"Answers of the group: {', '.join(told)}."]
        far = [seat for seat, value in values.items() if counts[flat(value)] < most]
    why = sorted(flat(answers[seat]["reason"]) for seat in far if isinstance(answers[seat], Mapping))
    return "\n".join([*lines, *(["Some who differ say why."] if why else []), *(f"- {one}" for one in why)])


def _again(question: Question, answers: Mapping[int, Any], report: str, me: View) -> str:
    own = choice_of(answers[me.id])
    return "\n".join([
        question.text,
        *([f"Your earlier answer: {worded(own)}"] if own is not None else []),
        *([report] if report else []),
        "Answer again, in the light of this; you may keep your answer or change it.",
    ])  # fmt: skip
