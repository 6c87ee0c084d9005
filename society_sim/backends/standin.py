"""Stand-ins: synthetic panels with the accuracies and error correlations that were measured on real ones."""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import Future
from dataclasses import dataclass, replace
from functools import cache
from hashlib import sha256
from importlib.resources import files
from math import log
from typing import Any

import yaml

from society_sim.backends.calls import at_once
from society_sim.backends.synthetic.competence import sample
from society_sim.backends.synthetic.parameters import Mind, Skill, settings
from society_sim.backends.tables import check_form
from society_sim.errors import MISSING, NoAnswer, ScenarioError, nearest
from society_sim.forms import Text
from society_sim.streams import uniforms
from society_sim.values import Answer, Query

_LUCK = 0x5F50C1E8
"""The seed of the abstentions: like the answers, they belong to the panel and not to the run."""
_PER_TOKEN = 4  # characters
_OPTIONS = 9.5  # of a question of MMLU-Pro, on average


@dataclass(frozen=True, slots=True)
class Model:
    """One model of the panel: what it knows, how often no choice can be read from a wrong answer, what it writes."""

    mind: Mind
    silent: float
    tokens: int
    traits: Mapping[str, Any]


@dataclass(frozen=True)
class StandIn:
    """The backend behind `recorded` when no answers are given: each model has one answer to each item, for good."""

    watermark: str
    models: Mapping[str, Model]
    reads_items = True
    free = True  # costs nothing more and always answers alike: the tape need not be forced to disk each time

    @property
    def variants(self) -> tuple[str, ...]:
        """The models that a member may speak with, after a slash."""
        return tuple(self.models)

    @property
    def traits(self) -> Mapping[str, Mapping[str, Any]]:
        """What is declared of each model: its `family`, its `accuracy`, and the `weight` of its vote (log odds)."""
        return {name: model.traits for name, model in self.models.items()}

    def submit(self, query: Query) -> Future[Answer]:
        """The answer of the query's model to the query's item."""
        return at_once(self._answer, query)

    def _answer(self, query: Query) -> Answer:
        item, model = query.item, self.models.get(query.model)
        check_form(query.form)
        if model is None:
            raise NoAnswer(MISSING, f"no model {query.model!r}; {nearest(query.model, self.models)}")
        if item is None:
            raise NoAnswer(MISSING, "a stand-in answers the items of a task, and this question has none")
        draw = uniforms(_LUCK, "answer", item.id, query.model)
        said = sample(item, item.options, model.mind, draw, 0.7)
        if said.margin <= 0 and draw[2] < model.silent:
            text = ""  # no form reads a choice from nothing
        else:
            text = said.option if isinstance(query.form, Text) else f"ANSWER: {said.option}"
        tokens_in = (len(query.system) + len(query.text)) // _PER_TOKEN
        return Answer(text=text, tokens_in=tokens_in, tokens_out=model.tokens, model=query.model)


def stand_in_panel(name: str, columns: list[str] | None = None) -> StandIn:
    """The stand-in called *name*, or of it the models in *columns*; `ScenarioError` for a name nobody knows.

    >>> stand_in_panel("mmlu-pro-mid8", ["Yi-34B"]).variants
    ('Yi-34B',)
    >>> stand_in_panel("mmlu-pro-mid9")
    Traceback (most recent call last):
        ...
    society_sim.errors.ScenarioError: ... there is no stand-in 'mmlu-pro-mid9'; did you mean 'mmlu-pro-mid8'?
    """
    panels = facts()
    if name not in panels:
        raise ScenarioError(f"backend 'recorded': there is no stand-in {name!r}; {nearest(name, panels)}")
    panel = panels[name]
    known: Mapping[str, Any] = panel["models"]
    for column in columns or ():
        if column not in known:
            raise ScenarioError(f"backend 'recorded': stand-in {name!r} has no {column!r}; {nearest(column, known)}")
    wanted = known if columns is None else list(dict.fromkeys(columns))
    mark = f"synthetic@{sha256(_file()).hexdigest()[:12]} stand-in of {name}"
    return StandIn(mark, {column: _model(panel, column) for column in wanted})


@cache
def facts() -> Mapping[str, Any]:
    """The panels in `standin.yaml`, with what was measured on each."""
    return yaml.safe_load(_file())["panels"]  # type: ignore[no-any-return]


def _file() -> bytes:
    return files("society_sim.backends").joinpath("standin.yaml").read_bytes().replace(b"\r\n", b"\n")


def _model(panel: Mapping[str, Any], name: str) -> Model:
    own = panel["models"][name]
    margin, wrong = (tuple(map(float, panel[part])) for part in ("margin", "wrong"))
    skill = Skill(own["accuracy"], margin, wrong, panel["spread"], floor=False)  # type: ignore[arg-type]
    mind = replace(settings("helm-mid").of(name), family=own["family"], model=name, skill=skill)
    right = own["accuracy"]
    weight = log(right / (1 - right) * (_OPTIONS - 1))
    traits = {"family": own["family"], "accuracy": right, "weight": round(weight, 4)}
    return Model(mind, own["abstains"] / (1 - right), own["characters"] // _PER_TOKEN, traits)
