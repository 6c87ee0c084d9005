"""Answering: fills in whatever form was asked for. A new form is one function registered with `fill.register`.

A reply is what a model would write: a sentence with its reason, then the block that the form asks for. It is read by
the form's own parser, like any other.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache, singledispatch
from typing import Any, NamedTuple

from society_sim.backends.scripted import scored
from society_sim.backends.synthetic.arguments import worded
from society_sim.backends.synthetic.competence import attractions
from society_sim.backends.synthetic.parameters import Settings, value
from society_sim.backends.synthetic.persuasion import Stance, average
from society_sim.backends.synthetic.reading import read
from society_sim.backends.synthetic.thinking import ABSTENTIONS, ballot, listening, private, stance, utilities
from society_sim.errors import ScenarioError
from society_sim.forms import Approval, Choice, Confident, Fields, Number, Ranking, Scores, Text
from society_sim.streams import uniforms
from society_sim.values import Query

_ANSWER_FIELDS = frozenset(("answer", "value", "result", "solution"))
_SURE_FIELDS = frozenset(("confidence", "sure", "certainty", "probability"))


class Reply(NamedTuple):
    """What is said: the *reason*, then the *block* that the form asked for.

    *kind* is a row of `tokens`, *luck* a uniform for their number.
    """

    reason: str
    block: str
    kind: str
    luck: float


@dataclass(frozen=True, slots=True)
class Asked:
    """What one answer is made of: the query, the model, where it stands, and the field that is being filled in."""

    query: Query
    settings: Settings
    main: Stance
    luck: tuple[float, ...]
    field: str = ""


def reply(query: Query, settings: Settings) -> Reply:
    """The answer to *query*, by the form that it asks for."""
    luck = uniforms(query.seed, "words")
    form: Any = query.form
    main = stance(query, settings, _main(form)[1] or (query.item.options if query.item is not None else ()))
    asked = Asked(query, settings, main, luck)
    reason = "" if isinstance(form, Text) else f"My reason is {worded(main.strength, luck[0])}."
    return Reply(reason, block(form, asked), kind_of(form), luck[2])


@lru_cache(maxsize=256)
def _main(form: Any) -> tuple[str, tuple[str, ...]]:
    """The field that the answer is about, the first that has options, and these; nothing where none has any."""
    inner = form.form if isinstance(form, Confident) else form
    for name, one in inner.fields.items() if isinstance(inner, Fields) else (("", inner),):
        options: tuple[str, ...] = getattr(one, "options", ())
        if options:
            return name, options
    return "", ()


@lru_cache(maxsize=256)
def kind_of(form: Any) -> str:
    """The row of the table of tokens that an answer to *form* belongs to."""
    fields = form.fields.values() if isinstance(form, Fields) else (form,)
    return "rationale" if any(isinstance(one, Text) for one in fields) else "answer"


@singledispatch
def block(form: Any, asked: Asked) -> str:
    """The closing lines that answer *form*."""
    return f"ANSWER: {fill(form, asked)}"


@block.register
def _(form: Text, asked: Asked) -> str:
    return fill(form, asked)


@block.register
def _(form: Fields, asked: Asked) -> str:
    query, settings, main, luck = asked.query, asked.settings, asked.main, asked.luck
    return "\n".join(
        [f"{name.upper()}: {fill(one, Asked(query, settings, main, luck, name))}" for name, one in form.fields.items()]
    )


@block.register
def _(form: Confident, asked: Asked) -> str:
    return f"{block(form.form, asked)}\nCONFIDENCE: {100 * asked.main.confidence:.0f}%"


@singledispatch
def fill(form: Any, asked: Asked) -> str:
    """What stands after the tag. `ScenarioError` for a form that nobody has taught the model to fill in."""
    raise ScenarioError(
        f"the synthetic model cannot fill in {type(form).__name__}: register a function with "
        "society_sim.backends.synthetic.answering.fill"
    )


@fill.register
def _(form: Choice, asked: Asked) -> str:
    where = _where(form.options, asked)
    for option in form.options:
        if option.casefold() in ABSTENTIONS and len(form.options) > 1:
            slope, bar = value("abstention", "steepness"), value("abstention", "bar")
            if asked.luck[1] < 1 / (1 + math.exp(slope * (where.confidence - bar))):
                return option
    return where.option  # type: ignore[no-any-return]


@fill.register
def _(form: Ranking, asked: Asked) -> str:
    return " > ".join(_order(form.options, asked))


@fill.register
def _(form: Approval, asked: Asked) -> str:
    """For an opinion, all that it likes more than the average option (Brams and Fishburn 1978).

    Of an item's options, the chosen one, and the runner-up too when it is less than half sure.
    """
    order = _order(form.options, asked)
    if ballot(asked.query.item, form.options) is not None:
        return ", ".join(order[: 1 + (_where(form.options, asked).confidence < 0.5)])
    likes = utilities(asked.query, form.options, _about(asked))
    mean = sum(likes.values()) / len(likes)
    return ", ".join([order[0], *(option for option in order[1:] if likes[option] > mean)])


@fill.register
def _(form: Scores, asked: Asked) -> str:
    """The best option gets the top and the last the bottom; those between lie evenly, in the order of preference.

    With a credit, the best gets as many votes for it as the confidence is worth, and the others none.
    """
    order = _order(form.options, asked)
    if form.credit is not None:
        sure = _where(form.options, asked).confidence
        return scored(form, dict.fromkeys(form.options, 0.0) | {order[0]: min(form.high, sure * form.credit**0.5)})
    steps = max(1, len(order) - 1)
    place = {option: form.high - (form.high - form.low) * at / steps for at, option in enumerate(order)}
    return scored(form, {option: place[option] for option in form.options})


@fill.register
def _(form: Number, asked: Asked) -> str:
    query, item = asked.query, asked.query.item
    alone = not isinstance(query.form, Fields)
    if asked.field.casefold() in _SURE_FIELDS or (item is not None and item.options and alone):  # how sure it is
        return f"{form.low + (form.high - form.low) * asked.main.confidence:.10g}"
    if _is_open(asked):
        return _plain(form, _open_stance(asked).option)
    where = private(query, asked.settings, (), asked.field)  # raises if opinions are refused
    liked = utilities(query, ("number",), f"{asked.field}{where.option}")["number"]
    own = form.low + (form.high - form.low) * round(liked, 4)
    social = read(query.text, query.form, item.text if item is not None else "", None)  # type: ignore[arg-type]
    if social.own is not None:
        own = social.own.value
    how = listening(query.system, asked.settings.of(query.model).persuasion)
    return digits(min(form.high, max(form.low, average(own, social, how))))


@fill.register
def _(form: Text, asked: Asked) -> str:
    main = asked.main
    if asked.field == "notes":
        return _noted(form.limit, asked)
    if _is_open(asked):
        return str(_open_stance(asked).option)[: form.limit]
    reason = worded(main.strength, asked.luck[0])
    if asked.field or not main.option:
        return reason[: form.limit]
    return f"I think {main.option} ({100 * main.confidence:.0f}%) because {reason}"[: form.limit]


def _noted(limit: int, asked: Asked) -> str:
    """What it read of others, an answer and how sure each, without names and reasons: the last that have room."""
    item = asked.query.item
    options = item.options or None if item is not None else None
    social = read(asked.query.text, asked.query.form, item.text if item is not None else "", options)  # type: ignore[arg-type]
    noted: list[str] = []
    for said in reversed(social.peers):
        sure = "" if said.confidence is None else f" ({100 * said.confidence:.0f}%)"
        if len("; ".join([f"{said.value}{sure}", *noted])) > limit:
            break
        noted.insert(0, f"{said.value}{sure}")
    return "; ".join(noted) or "nothing"[:limit]


def _is_open(asked: Asked) -> bool:
    """Whether the item's own open answer is asked for: by the whole form, or by a field that is called so."""
    item = asked.query.item
    wanted = not asked.field or asked.field.casefold() in _ANSWER_FIELDS
    return wanted and item is not None and not item.options and item.gold is not None


def _open_stance(asked: Asked) -> Stance:
    form: Any = asked.query.form
    return stance(asked.query, asked.settings, ()) if _main(form)[1] else asked.main


def _about(asked: Asked) -> str:
    """The name of an opinion: nothing for the main one, the field's for any other."""
    form: Any = asked.query.form
    return "" if asked.field == _main(form)[0] else asked.field


def _where(options: tuple[str, ...], asked: Asked) -> Stance:
    about = _about(asked)
    return asked.main if not about else stance(asked.query, asked.settings, options, about)


def _order(options: tuple[str, ...], asked: Asked) -> list[str]:
    """*options* from best to worst: where the member stands first, the rest by taste or by the item's attractions."""
    query, settings = asked.query, asked.settings
    among = ballot(query.item, options)
    first = _where(options, asked).option
    if among is None:
        likes = utilities(query, options, _about(asked))
    else:
        pull = attractions(query.item, among, settings.of(query.model))  # type: ignore[arg-type]
        likes = {
            option: math.log(max(1e-300, pull.get(option, 0.0)))
            - math.log(-math.log(uniforms(query.seed, "order", option)[0]))
            for option in options
        }
    return [first, *sorted((one for one in options if one != first), key=lambda one: -likes[one])]


def _plain(form: Number, answer: Any) -> str:
    """An open answer as a number of the form's range: what lies outside is mirrored at its nearer end."""
    try:
        number = float(str(answer).replace(",", ""))
    except ValueError as error:
        raise ScenarioError(f"a number was asked for, but the item's gold answer is not one: {error}") from None
    if number < form.low:
        number = min(form.high, 2 * form.low - number)
    elif number > form.high:
        number = max(form.low, 2 * form.high - number)
    return digits(number)


def digits(number: float) -> str:
    """*number* in full, as a form reads it; what is as good as nothing (below 1e-99) is nothing."""
    if abs(number) < 1e-99:
        return "0.0"
    return repr(number) if 1e-2 <= abs(number) < 1e15 else f"{number:.16e}"
