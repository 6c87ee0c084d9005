"""What the parts for endpoints have in common: their parameters checked, and requests put together."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping, Sequence
from functools import singledispatch
from hashlib import sha256
from typing import Any, NamedTuple

import orjson

from society_sim import forms
from society_sim.backends.endpoints.gate import Limits
from society_sim.backends.endpoints.hosted import Patience
from society_sim.errors import ScenarioError
from society_sim.values import Query


class Checked(NamedTuple):
    """The parameters of a part for endpoints, checked."""

    variants: Mapping[str, tuple[str, ...]]
    limits: Limits
    patience: Patience

    @property
    def models(self) -> list[str]:
        """All that may be asked, each once."""
        return list(dict.fromkeys(name for names in self.variants.values() for name in names))


def checked(
    what: str,
    model: str | list[str],
    fallbacks: list[str] | None,
    max_tokens: int,
    concurrency: int | None,
    rpm: int | None,
    tpm: int | None,
    timeout: float,
    attempts: int,
    backoff: float,
) -> Checked:
    """`ScenarioError` unless every parameter is in its range. Several models are variants, each with the fallbacks."""
    first, then = [model] if isinstance(model, str) else model, tuple(fallbacks or ())
    names = [*first, *then]
    if not first or not all(name.strip() and name.isprintable() for name in names) or len(set(names)) < len(names):
        raise ScenarioError(f"{what}: model and fallbacks are names, each once")
    least = {"max_tokens": max_tokens, "concurrency": concurrency, "rpm": rpm, "tpm": tpm, "attempts": attempts}
    for name, value in least.items():
        if value is not None and value < 1:
            raise ScenarioError(f"{what}: {name} is at least 1, not {value}")
    if not 0 < timeout <= 3600 or not 0 <= backoff <= 60:
        raise ScenarioError(f"{what}: timeout is from 0 to 3600 seconds and backoff from 0 to 60, not {timeout:g} and "
                            f"{backoff:g}")  # fmt: skip
    if attempts > 100 or max_tokens > 10_000_000:
        raise ScenarioError(f"{what}: {attempts} attempts of {max_tokens:,} tokens each are too many")
    limits = Limits(concurrency or math.inf, rpm or math.inf, tpm or math.inf)
    variants = {"" if isinstance(model, str) else name: (name, *then) for name in first}
    return Checked(variants, limits, Patience(timeout, attempts, backoff))


def extra_checked(what: str, extra: Mapping[str, Any] | None, max_tokens: int) -> dict[str, Any]:
    """*extra* as a new mapping; `ScenarioError` if it could make a call dearer than its worst case, or is not its own.

    What a provider calls the most tokens to write may be given by another name, but not with a larger number.
    """
    given = dict(extra or {})
    for name in ("model", "messages", "stream", "api_key", "api_base", "base_url", "max_retries", "num_retries",
                 "fallbacks", "context_window_fallback_dict", "model_list"):  # fmt: skip
        if name in given:
            raise ScenarioError(f"{what}: extra may not hold {name!r}")
    limits = ("max_tokens", "max_completion_tokens", "max_output_tokens")
    if "max_tokens" in given and all(given.get(name) is None for name in limits):
        raise ScenarioError(f"{what}: extra takes max_tokens out and puts no other limit in its place")
    for name in limits:
        value = given.get(name)
        if value is not None and not (isinstance(value, int) and 0 < value <= max_tokens):
            raise ScenarioError(f"{what}: extra.{name} is at most max_tokens, which is {max_tokens}, or null")
    if any(given.get(name) not in (1, None) for name in ("n", "best_of")):
        raise ScenarioError(f"{what}: extra asks for several answers, and one is read; leave n and best_of out")
    return given


def watermark(variants: Iterable[Sequence[str]], shape: Mapping[str, Any]) -> str:
    """What shapes the answers, in a few words: the models, and the digest of what else is not as usual.

    The way there is not part of it: a run can be taken up again over another one, with the same answers.
    """
    usual = {"structured": False, "logprobs": False, "send_seed": True, "extra": None}
    other = {name: value for name, value in shape.items() if value != usual[name]}
    mark = sha256(json.dumps(other, sort_keys=True).encode()).hexdigest()[:8]
    first, then = [names[0] for names in variants], next(iter(variants))[1:]
    return f"hosted {' | '.join((', '.join(first), *then))}" + (f" {', '.join(sorted(other))} @{mark}" if other else "")


def seed(query: Query) -> int:
    """The query's seed, as far as all endpoints take one."""
    return query.seed % 2**31


def encoded(body: Mapping[str, Any]) -> bytes:
    """*body* as JSON; half a character, which no JSON can hold, becomes a question mark."""
    try:
        return orjson.dumps(body)
    except orjson.JSONEncodeError:
        return json.dumps(body, ensure_ascii=False).encode("utf-8", "replace")


def response_format(form: forms.Form) -> dict[str, Any]:
    """What asks an endpoint to answer with JSON in the shape of *form*.

    >>> response_format(forms.Choice(["yes", "no"]))["json_schema"]["schema"]["properties"]
    {'answer': {'type': 'string', 'enum': ['yes', 'no']}}
    """
    confident = isinstance(form, forms.Confident)
    inner: Any = form.form if isinstance(form, forms.Confident) else form
    fields = inner.fields if isinstance(inner, forms.Fields) else {"answer": inner}
    properties = {name: schema(field) for name, field in fields.items()}
    if confident:
        properties["confidence"] = {"type": "number", "minimum": 0, "maximum": 100}
    whole = {"type": "object", "properties": properties, "required": list(properties), "additionalProperties": False}
    return {"type": "json_schema", "json_schema": {"name": "answer", "schema": whole, "strict": True}}


@singledispatch
def schema(form: Any) -> dict[str, Any]:
    """The JSON schema of the value of *form*; a form of one's own is text, unless it registers something better."""
    return {"type": "string"}


@schema.register
def _(form: forms.Choice) -> dict[str, Any]:
    return {"type": "string", "enum": list(form.options)}


@schema.register
def _(form: forms.Ranking) -> dict[str, Any]:
    return {"type": "array", "items": {"type": "string", "enum": list(form.options)}, "minItems": len(form.options),
            "maxItems": len(form.options)}  # fmt: skip


@schema.register
def _(form: forms.Approval) -> dict[str, Any]:
    return {"type": "array", "items": {"type": "string", "enum": list(form.options)}, "maxItems": len(form.options)}


@schema.register
def _(form: forms.Number) -> dict[str, Any]:
    return {"type": "number", "minimum": form.low, "maximum": form.high}
