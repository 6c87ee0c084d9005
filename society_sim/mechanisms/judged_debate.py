"""Judged debate: two members argue for opposing answers, and a third one, who sees only what they say, decides."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

from society_sim.bounds import Positive
from society_sim.forms import Choice, Text
from society_sim.mechanisms.arguing import flat
from society_sim.member import Member, View
from society_sim.promises import Promise
from society_sim.registry import mechanism
from society_sim.society import Doing, Society
from society_sim.values import Outcome, Question

_REASON = 600


@mechanism
def judged_debate(
    society: Society, question: Question, *, rounds: Positive = 3, at_once: bool = True, reason: Positive = _REASON
) -> Doing[Outcome]:
    """Two debaters take opposite sides for some *rounds*, and a judge who has read the transcript chooses between them.

    The judge is drawn by lot among members to whom two others may speak, the debaters among those two or more. The
    first debater gives its own answer, which is its side; the other side is the other option, or, where there are more,
    the one that the second debater finds best among the rest. *at_once*: both speak at the same time in each round and
    read the rounds before (Khan et al. 2024); otherwise the second answers the first within the round (tit for tat, as
    in Liang et al. 2023). *reason*: characters of one speech. The judge hears what is said to it and nothing else; it
    cannot ask.

    Calls: 2 * rounds, two more at most to find the sides, and one for the judge, whatever the society's size. A debater
    hears the other only where a tie allows it. Nothing is decided (and fact `why` says so) if there is no such
    trio, if a debater gives no side, or if both name the same; a speech that does not come is silence; and if the judge
    abstains nothing is decided. Facts: `judge`, `sides` (seat to answer).

    Source: Khan et al. (2024), in whose setting the debaters have read a text that the judge has not; Liang et al.
    (2023), whose judge may also end the debate early, which is left out. How sides are found is ours: the papers are
    given two answers.
    """
    trio = _trio(society)
    if trio is None:
        return Outcome(None, facts={"why": "nobody is spoken to by two others"})
    judge, pair = trio
    sides = yield from _sides(society, question, pair)
    if sides is None:
        return Outcome(None, facts={"judge": judge.id, "why": "there are no two sides"})
    form = Text(reason)
    spoken: dict[int, list[Promise]] = {one.id: [] for one in pair}
    for number in range(1, rounds + 1):
        for together in [pair] if at_once else [pair[:1], pair[1:]]:
            words = partial(_speech, question, sides, {seat: tuple(said) for seat, said in spoken.items()}, number)
            speeches = yield from society.gather(*(society.ask(one, words, form, purpose="speech") for one in together))
            for one, speech in zip(together, speeches, strict=True):
                spoken[one.id].append(speech)
                one.say(partial(_told, sides[one.id], speech), [judge.id, *(o.id for o in pair if o is not one)])
    among = [flat(side) for side in sides.values()]
    verdict = yield from judge.ask(partial(_to_judge, question, among), Choice(among))
    decision = next((side for side in sides.values() if flat(side) == verdict.value), None)
    told = {str(seat): side for seat, side in sides.items()}
    return Outcome(decision, {judge.id: decision}, {"judge": judge.id, "sides": told})


def _trio(society: Society) -> tuple[Member, list[Member]] | None:
    """The judge and the two debaters."""
    here = {member.id for member in society.present}
    speakers = {seat: [other for other in society.members[seat].ties if other in here] for seat in here}
    able = [member for member in society.present if len(speakers[member.id]) > 1]
    if not able:
        return None
    judge = society.lot(able, "judge")
    first = society.lot(speakers[judge.id], "debater", 1)
    second = society.lot([seat for seat in speakers[judge.id] if seat != first], "debater", 2)
    return judge, [society.members[first], society.members[second]]


def _sides(society: Society, question: Question, pair: Sequence[Member]) -> Doing[dict[int, Any] | None]:
    first, second = pair
    own = yield from first.ask(question.text, question.form)
    if own.value is None:
        return None
    rest = [option for option in question.options if option != own.value]
    if len(rest) == 1:
        return {first.id: own.value, second.id: rest[0]}
    form = Choice(rest) if rest else question.form
    text = f"{question.text}\nAnother member is going to argue for {flat(own.value)}. Which other answer is best?"
    other = yield from society.ask(second, text, form, purpose="side")
    if other.value is None or flat(other.value).casefold() == flat(own.value).casefold():
        return None
    return {first.id: own.value, second.id: other.value}


def _speech(
    question: Question, sides: Mapping[int, Any], spoken: Mapping[int, Sequence[Promise]], number: int, me: View
) -> str:
    against = next(side for seat, side in sides.items() if seat != me.id)
    lines = [question.text,
             f"This is a debate before a judge, round {number}. Another member argues for {flat(against)}.",
             f"You argue for: {flat(sides[me.id])}"]  # fmt: skip
    lines += [f"You said: {flat(said.value)}" for said in spoken[me.id] if said.value is not None]
    lines += [f"{said.name}: {said.words}" for said in me.heard if said.about == question.id and said.sender in sides]
    lines.append("Make the best honest case for your side, and answer what the other side says.")
    return "\n".join(lines)


def _told(side: Any, speech: Promise, _: View) -> str | None:
    return None if speech.value is None else f"{flat(side)} because {flat(speech.value)}"


def _to_judge(question: Question, among: Sequence[str], me: View) -> str:
    heard = [said for said in me.heard if said.about == question.id]
    return "\n".join([
        question.text,
        f"You are the judge of a debate between {' and '.join(among)}.",
        *(["This is what was said:"] if heard else []),
        *(f"{said.name}: {said.words}" for said in heard),
        "Decide by what was said, and choose one of the two.",
    ])  # fmt: skip
