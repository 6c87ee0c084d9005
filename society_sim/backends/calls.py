"""What a call of a model brings, and what it costs: an answer that can be kept, or why there is none."""

from __future__ import annotations

import math
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any, TypeAlias

from society_sim.errors import FAILED, OUT_OF_BUDGET, NoAnswer, SocietyError
from society_sim.ledger import Cost
from society_sim.values import Answer, Backend, Query

Function: TypeAlias = Callable[[Query], "str | Answer"]
"""A model as a plain function."""


def as_answer(said: Any, query: Query) -> Answer:
    """*said* as an `Answer`: a plain text gets token counts of a quarter of its characters; `NoAnswer` if neither."""
    if isinstance(said, str):
        return Answer(text=said, tokens_in=(len(query.system) + len(query.text)) // 4, tokens_out=len(said) // 4)
    if not isinstance(said, Answer):
        raise NoAnswer(FAILED, f"the model gave {type(said).__name__}, neither a text nor an Answer")
    return said


def received(future: Future[Answer]) -> tuple[Answer, None] | tuple[None, NoAnswer]:
    """What a finished call brought: an answer that can be kept, or why there is none.

    Another `SocietyError` than `NoAnswer` is raised: it was said of the whole run.
    """
    try:
        answer = future.result()
    except NoAnswer as none:
        return None, none
    except SocietyError:
        raise
    except BaseException as error:  # a cancelled call, too, is an abstention and not the end of the run
        return None, NoAnswer(FAILED, f"{type(error).__name__}: {error}"[:500])
    if type(answer) is not Answer or not isinstance(answer.text, str):
        return None, NoAnswer(FAILED, f"the backend gave {type(answer).__name__}, not an Answer with a text")
    for count in (answer.tokens_in, answer.tokens_out, answer.micro_usd, answer.cached):
        if type(count) is not int or count < 0:
            return None, NoAnswer(FAILED, f"the backend counted {count!r} tokens or micro-dollars")
    return answer, None


def stated_worst(backend: Backend, query: Query) -> Cost | None:
    """The most that *query* may cost, if *backend* can say so."""
    worst = getattr(backend, "worst", None)
    cost: Cost | None = None if worst is None else worst(query)
    if cost is None:
        return None
    if not all(0 <= part < math.inf for part in cost):
        raise SocietyError(f"a backend says that a call may cost {cost}: that is no cost")
    return Cost(*map(math.ceil, cost))


def cost_of(answer: Answer | None, none: NoAnswer | None = None) -> Cost:
    """What a call cost that brought *answer*, or *none*; a member that could not pay was not asked."""
    if answer is not None:
        return Cost(answer.micro_usd, answer.tokens_in + answer.tokens_out, 1)
    return Cost(calls=none is None or none.reason != OUT_OF_BUDGET)


def failed(error: BaseException) -> Future[Answer]:
    """A call that ended in *error*."""
    future: Future[Answer] = Future()
    future.set_exception(error)
    return future


def at_once(function: Function, query: Query) -> Future[Answer]:
    """The call of a *function* that answers *query* at once; what it raises, an abstention apart, is the caller's."""
    future: Future[Answer] = Future()
    try:
        future.set_result(as_answer(function(query), query))
    except NoAnswer as none:
        future.set_exception(none)
    return future


def pass_on(
    later: Future[Answer],
    now: Future[Answer],
    clean: Callable[[Answer | NoAnswer], Answer | NoAnswer] = lambda said: said,
) -> None:
    """Let *later* end as *now* did, what was said gone over by *clean*."""
    try:
        answer, none = received(now)
        said = clean(none if answer is None else answer)  # type: ignore[arg-type]  # one of the two is there
    except SocietyError as error:
        later.set_exception(error)
    else:
        if isinstance(said, NoAnswer):
            later.set_exception(said)
        else:
            later.set_result(said)
