"""Liquid democracy: vote, or hand the vote to somebody to whom there is a tie."""

from __future__ import annotations

from typing import Any

from society_sim.bounds import Share
from society_sim.forms import Choice, Fields
from society_sim.mechanisms import polling
from society_sim.mechanisms.naming import by_name
from society_sim.mechanisms.polling import Terms, Ties
from society_sim.registry import mechanism
from society_sim.rules.ballots import Ballots
from society_sim.rules.liquid_democracy import held, holders
from society_sim.rules.positional import first_places
from society_sim.rules.thresholds import quorate
from society_sim.society import Doing, Society
from society_sim.values import Outcome, Question

NOBODY = "nobody"


@mechanism
def liquid_democracy(
    society: Society, question: Question, *, ties: Ties = "lot", quorum: Share = 0.0
) -> Doing[Outcome]:
    """Everyone answers, and says who is to vote in its place: a member it may speak to, or nobody.

    Delegation is transitive. The ballot names the delegate, and a message along the tie tells it: where that is lost,
    the vote is not. Votes that are handed round in a circle are lost, and so are
    those held by a member that abstains; both are counted. The answer of who delegates is recorded and not counted.
    Plurality of the votes held wins; *ties*: see `vote`. *quorum*: share of votes, 0 to 1, that must be counted, or
    nothing is decided. An abstention is not counted; if no vote is, nothing is decided.

    Facts: `electorate`, `counted` (votes), `lost` (in circles, or with an abstaining delegate), `delegated` (how many
    did), `circles` (each as seats), `most` (votes in one hand), `tally`. `ScenarioError` before any call if the
    question has no options, or a member is called `nobody`.

    Source: Green-Armytage (2015), Direct voting and proxy voting; Kahng, Mackenzie and Procaccia (2021), Liquid
    democracy: an algorithmic perspective.
    """
    terms = Terms(mechanism="liquid_democracy", ties=ties, quorum=quorum)
    form = terms.form(question)
    seats = polling.electorate(society, terms, question, None, None)
    named = by_name(society, "liquid_democracy", NOBODY)
    voters = dict.fromkeys(seats)
    able = [[to for to in society.members[seat].audience if to in voters] for seat in seats]
    forms = [Fields({"answer": form, "delegate": Choice((NOBODY, *(society.names[to] for to in others)))})
             for others in able]  # fmt: skip
    text = (f"{question.text}\nSay what you answer, and who is to be your delegate: one of the others, who then votes "
            f"in your place, or {NOBODY}, if you vote yourself.")  # fmt: skip
    promises = yield from society.gather(
        *(society.ask(society.members[seat], text, own) for seat, own in zip(seats, forms, strict=True))
    )
    votes: dict[int, Any] = {seat: promise.value for seat, promise in zip(seats, promises, strict=True)}
    to = {seat: named.get(said["delegate"]) if said is not None else None for seat, said in votes.items()}
    for seat, delegate in to.items():
        if delegate is not None:
            society.members[seat].say("I hand my vote to you.", delegate)
    sums, lost = held(to)
    casting = [seat for seat in sums if votes[seat] is not None]
    silent = [seat for seat in sums if votes[seat] is None]
    lost += sum(sums[seat] - 1 for seat in silent)
    said = [votes[seat]["answer"] for seat in casting]
    ballots = Ballots.choices(said, question.options, [sums[seat] for seat in casting])
    count = first_places(ballots, terms.order(society, question, question.options))
    counted = int(sum(sums[seat] for seat in casting))
    facts: dict[str, Any] = {
        "rule": "plurality", "electorate": len(seats), "counted": counted, "abstained": len(silent), "lost": int(lost),
        "delegated": sum(delegate is not None for delegate in to.values()), "circles": _circles(to),
        "most": int(max((sums[seat] for seat in casting), default=0)), "tally": dict(count.scores),
    }  # fmt: skip
    if count.ties:
        facts["ties"] = [list(tied) for tied in count.ties]
    why = "no ballots" if not casting else "no quorum" if not quorate(counted, len(seats), quorum) else "tie"
    if why == "tie" and len(count.winners) == 1:
        return Outcome(count.winners[0], votes, facts)
    return Outcome(None, votes, facts | {"undecided": why})


def _circles(to: dict[int, int | None]) -> list[list[int]]:
    """The circles of delegation, each from its lowest seat."""
    nowhere = {seat for seat, holder in holders(to, circles="lost").items() if holder is None}
    circles: list[list[int]] = []
    seen: set[int] = set()
    for seat in sorted(nowhere):
        way: list[int] = []
        at = seat
        while at not in seen:
            seen.add(at)
            way.append(at)
            at = to[at]  # type: ignore[assignment]  # nobody on the way into a circle votes in person
        if at in way:
            circle = way[way.index(at) :]
            low = circle.index(min(circle))
            circles.append(circle[low:] + circle[:low])
    return circles
