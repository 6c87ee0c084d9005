"""Broadcast: some speak to all who can hear them, and everybody answers."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

from society_sim.bounds import Positive
from society_sim.mechanisms.arguing import REASON, reasoned, said_by
from society_sim.mechanisms.conversation import Pick, chosen, count, posed, tell
from society_sim.registry import mechanism
from society_sim.society import Doing, Society
from society_sim.values import Outcome, Question


@mechanism
def broadcast(
    society: Society,
    question: Question,
    *,
    speakers: Positive | None = 1,
    by: Pick = "central",
    rounds: Positive = 1,
    reason: Positive = REASON,
) -> Doing[Outcome]:
    """Some members say what they answer, and why, to all who can hear them; in the end everybody answers.

    *speakers*: how many speak, or null for all. They are chosen *by* the size of their audience (`central`, the lowest
    seat first among equals), by seat (`first`) or by `lot`. In each of the *rounds* the speakers are asked, each is
    shown all it remembers of what was said before, and then all speak at once; a round ends when everything that is
    not lost on its way has been heard. A *reason* has at most so many characters. In the end everyone is asked, and the
    plurality of these answers is the decision, ties by a fair lot.

    What a prompt shows is what memory holds: with memory `full` the history of all rounds, so that with all speaking in
    a flat organisation the tokens read grow with n squared in a round, and with the square of the rounds.

    An abstention is silence: nothing is said, and in the last answers it is not counted; if all abstain, nothing is
    decided. Questions asked: n, and one for each speaker and round.
    Facts in the outcome: `rounds`, and `heard`, how many heard a speaker.

    Source: one-to-many and all-channel communication (Bavelas 1950; Leavitt 1951).
    """
    form = reasoned(question, reason, confidence=True)
    voices = chosen(society, question, len(society.present) if speakers is None else speakers, by)
    said: Mapping[int, Any] = {}
    heard: list[tuple[Mapping[int, Any], dict[int, list[int]]]] = []
    for _ in range(rounds):
        said = yield from society.ask_all(partial(posed, question, said), form, voices)
        hearers = yield from tell(society, [(voice, said_by(said), voice.audience) for voice in voices])
        heard.append((said, hearers))
    answers = yield from society.ask_all(partial(posed, question, said), form)
    decision = count(society, question, answers)
    reached = {seat for said, hearers in heard for voice, seats in hearers.items() if said[voice] is not None
               for seat in seats}  # fmt: skip
    return Outcome(decision, answers, {"rounds": rounds, "heard": len(reached)})
