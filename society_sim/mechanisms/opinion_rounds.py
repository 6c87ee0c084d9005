"""Opinion rounds: everybody tells its neighbours its opinion, hears theirs, and thinks again, all at the same time."""

from __future__ import annotations

from functools import partial

from society_sim.bounds import Natural, NonNegative
from society_sim.mechanisms.lots import lot_of
from society_sim.mechanisms.opinion_dynamics import asked_again, moved, opening, settled, tell, trusts
from society_sim.registry import mechanism
from society_sim.society import Doing, Society
from society_sim.values import Outcome, Question


@mechanism
def opinion_rounds(
    society: Society, question: Question, *, rounds: Natural = 10, within: NonNegative | None = None
) -> Doing[Outcome]:
    """In each round everybody says its opinion along its ties and is asked again, having heard what was said to it.

    Synchronous opinion dynamics: all speak before anybody changes its mind. An opinion is a number or one of several
    options; the task `opinions` says where it starts. How a member changes it is its own affair: real models decide,
    the synthetic model has the policies `degroot`, `friedkin_johnsen`, `hegselmann_krause`, `deffuant` and `voter`. The
    prompt shows the first opinion, the one held so far, and others' by name, with the weight of the tie as a trust
    where it is not 1.

    *rounds* at most. *within*: end as soon as nobody has moved by more than this in a round (0 for options: nobody has
    changed its mind); that waits for everybody in each round. One message along every tie and one call per member and
    round. A member remembers so many messages as the society's memory holds: with fewer than its neighbours are, it
    hears only the last of them.

    An abstention is silence in the next round, and the member is not counted at the end if it was the last round; it
    is reminded of the opinion it last gave. The decision is the mean of numbers, or the plurality of options with ties
    by a fair lot; nothing if all abstain. Facts: `rounds` that took place, `spread` of the last opinions (see
    `rules.opinions.spread`). `ScenarioError` if the question asks for words.

    Source: DeGroot (1974); Friedkin and Johnsen (1990); Hegselmann and Krause (2002).
    """
    latest = yield from opening(society, question, "opinion_rounds")
    held = [latest]
    done = 0
    while done < rounds:
        for seat in latest:
            tell(society.members[seat], latest, society.members[seat].audience)
        words = partial(asked_again, question, tuple(held), latest, trusts(society))
        before, latest = latest, (yield from society.ask_all(words, question.form))
        held.append(latest)
        done += 1
        if within is not None and moved(before, latest) <= within:
            break
    return settled(latest, lot_of(society, question), {"rounds": done})
