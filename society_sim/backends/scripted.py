"""A model that fills in any form: for rehearsals and for tests of mechanisms."""

from __future__ import annotations

from collections.abc import Iterator
from functools import singledispatch
from typing import Any

from society_sim import forms
from society_sim.forms import Form
from society_sim.streams import uniforms
from society_sim.values import Answer, Query


@singledispatch
def fill(form: Any, draw: Iterator[float]) -> str:
    """What stands after the tag in a valid answer to *form*, chosen by uniforms from *draw*."""
    raise TypeError(f"do not know how to fill in a {type(form).__name__}; register a filler: fill.register")


@fill.register
def _(form: forms.Choice, draw: Iterator[float]) -> str:
    return form.options[int(next(draw) * len(form.options))]


@fill.register
def _(form: forms.Ranking, draw: Iterator[float]) -> str:
    return " > ".join(sorted(form.options, key=lambda _: next(draw)))


@fill.register
def _(form: forms.Approval, draw: Iterator[float]) -> str:
    return ", ".join(option for option in form.options if next(draw) < 0.5) or "none"


@fill.register
def _(form: forms.Number, draw: Iterator[float]) -> str:
    return f"{form.low + next(draw) * (form.high - form.low):.3f}" if form.high > form.low else f"{form.low:g}"


@fill.register
def _(form: forms.Scores, draw: Iterator[float]) -> str:
    wanted = {option: form.low + next(draw) * (form.high - form.low) for option in form.options}
    return scored(form, wanted)


def scored(form: forms.Scores, wanted: dict[str, float]) -> str:
    """What stands after the tag for the numbers *wanted*, made smaller until they can be paid, if there is a credit."""
    if form.credit is not None:
        cost = sum(votes * votes for votes in wanted.values())
        part = min(1.0, (form.credit / cost) ** 0.5) if cost else 1.0
        wanted = {option: min(form.high, max(form.low, int(votes * part))) for option, votes in wanted.items()}
    return ", ".join(f"{option} = {round(votes, 3):.15g}" for option, votes in wanted.items())


@fill.register
def _(form: forms.Text, draw: Iterator[float]) -> str:
    return f"words {next(draw):.6f}"[: form.limit]


def filled(form: Form, draw: Iterator[float], *, wordy: bool = False) -> str:
    """A valid reply to *form*; *wordy*: with words as long as the form lets them be."""
    confident = isinstance(form, forms.Confident)
    inner: Form = form.form if isinstance(form, forms.Confident) else form

    def one(form: Form) -> str:
        return ("words " * form.limit)[: form.limit] if wordy and isinstance(form, forms.Text) else fill(form, draw)

    if isinstance(inner, forms.Fields):
        text = "\n".join(f"{name.upper()}: {one(field)}" for name, field in inner.fields.items())
    elif isinstance(inner, forms.Text):
        text = one(inner)
    else:
        text = f"So be it.\nANSWER: {one(inner)}"
    return f"{text}\nCONFIDENCE: {100 * next(draw):.0f}%" if confident else text


def scripted(query: Query) -> Answer:
    """A model that fills in any form, differently for every change of a single letter of the prompt."""

    def draws() -> Iterator[float]:
        place = 0
        while True:
            yield from uniforms(query.seed, "scripted", query.system, query.text, place)
            place += 1

    text = filled(query.form, draws())
    return Answer(text=text, tokens_in=len(query.text) // 4, tokens_out=len(text) // 4)
