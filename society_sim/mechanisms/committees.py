"""Committees: groups decide, and then their decisions are counted, up a tree."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from society_sim.bounds import Share, at_least
from society_sim.mechanisms import polling
from society_sim.mechanisms.polling import Cast, Terms, Ties
from society_sim.registry import mechanism
from society_sim.rules.ballots import Ballots
from society_sim.rules.positional import first_places
from society_sim.rules.rulebook import RuleName
from society_sim.society import Doing, Society
from society_sim.values import Outcome, Question


@mechanism
def committees(
    society: Society,
    question: Question,
    *,
    size: Annotated[int, at_least(2)] = 3,
    by: str | None = None,
    rule: RuleName = "plurality",
    ties: Ties = "lot",
    weights: Literal["equal", "size"] = "equal",
    quorum: Share = 0.0,
) -> Doing[Outcome]:
    """Everyone casts one ballot in its own group; each group decides by *rule*, and the decisions are counted.

    Groups are *size* neighbouring seats, then *size* of those groups, and so on up to one: a tree of committees. Or,
    where *by* names a trait or an attribute of seats (`community`, `level`), a group is all who share it, whatever
    their number, with one council above them: two steps, as with districts. Above the first step each group has one
    vote for what it decided, or, with *weights* `size`, as many as it has members in the electorate; plurality wins.
    *quorum*: the share of a group, 0 to 1, whose ballots must count, or it decides nothing. *ties*: see `vote`; each
    count has a lot of its own.

    A group that decides nothing is not counted above; if none decides, nothing is decided. Abstentions are not
    counted. Facts: `rule`, `groups` (of the first step: name, members, seats, counted, decision, tally), `steps` (what
    was decided at each step above), `tally` (of the last one).
    It is one vote, counted in steps, with neither a message nor a representative: `relay` sends decisions up lines of
    reporting, and in a `federation` each community settles the question by a mechanism of its own.

    Source: indirect majority (Boland 1989; Berg and Paroush 1998).
    """
    terms = Terms(mechanism="committees", rule=rule, ties=ties, quorum=quorum)
    form = terms.form(question)
    seats = polling.electorate(society, terms, question, None, None)
    if by is None:
        parted: dict[Any, list[int]] = {at // size: seats[at : at + size] for at in range(0, len(seats), size)}
    else:
        parted = polling.groups(society, terms, seats, by)
    votes = yield from society.ask_all(question.text, form, seats)
    told: list[dict[str, Any]] = []
    level: list[tuple[str | None, int]] = []
    for number, (name, members) in enumerate(parted.items()):
        valid = {seat: votes[seat] for seat in members if votes[seat] is not None}
        cast = Cast(valid, (), tuple(seat for seat in members if seat not in valid))
        decision, facts = terms.decided(society, question, cast, dict.fromkeys(members, 1.0), "group", number)
        told.append({"group": name, "members": len(members), "seats": members, "counted": len(valid),
                     "decision": decision,
                     **{key: facts[key] for key in ("tally", "undecided") if key in facts}})  # fmt: skip
        level.append((decision, len(members)))
    steps: list[list[str | None]] = []
    tally: dict[str, float] = {}
    while len(level) > 1 or (level and not steps):
        width = size if by is None else len(level)
        above = []
        for number, start in enumerate(range(0, len(level), width)):
            decision, tally = _joined(society, terms, question, level[start : start + width], weights == "size",
                                      len(steps), number)  # fmt: skip
            above.append((decision, sum(members for _, members in level[start : start + width])))
        level = above
        steps.append([decision for decision, _ in level])
    facts = {"rule": rule, "electorate": len(seats), "groups": told, "steps": steps, "tally": tally}
    return Outcome(level[0][0] if level else None, votes, facts)


def _joined(
    society: Society, terms: Terms, question: Question, parts: list[tuple[str | None, int]], sized: bool,
    *names: int,
) -> tuple[str | None, dict[str, float]]:
    """The plurality of what groups decided, and its tally."""
    known = [(decision, float(members) if sized else 1.0) for decision, members in parts if decision is not None]
    options = polling.offered(question, [decision for decision, _ in known])
    if not options:
        return None, {}
    ballots = Ballots.choices([decision for decision, _ in known], options, [weight for _, weight in known])
    count = first_places(ballots, terms.order(society, question, options, "above", *names))
    return (count.winners[0] if len(count.winners) == 1 else None), dict(count.scores)
