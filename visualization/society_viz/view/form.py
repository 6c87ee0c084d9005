"""A form for a scenario's parameters, made from the signatures of its parts: nothing of it is written by hand."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

import yaml

from society_sim import bounds, registry
from society_sim.errors import SocietyError
from society_sim.registry import Part
from society_sim.scenario import Scenario, plainyaml

PARTS = ("topology", "mechanism")
"""Sections whose part can be chosen: with another population or task the rest of a scenario seldom fits."""
_SECTIONS = ("population", "topology", "task", "mechanism", "pace", "channel", "arrivals")
_NUMBER = re.compile(r"[+-]?\d{1,15}(\.\d{1,15})?")
ARM = "arm"
"""What the choice among the arms of an experiment is called, beside the axes of its grid."""


def fields(scenario: Scenario) -> dict[str, dict[str, Any]]:
    """Inputs by address (`topology`, `topology.k`): the kind of each, its value now, and what may be said."""
    found: dict[str, dict[str, Any]] = {}
    now = texts(scenario)
    for address, part, name in _addresses(scenario):
        if part is None:
            found[address] = {"label": address, "kind": "choice", "value": now[address],
                              "values": sorted(_choices(address, now[address])), "hint": ""}  # fmt: skip
        else:
            found[address] = {"label": name.replace("_", " "),
                              **_input(part.parameters[name].annotation, now[address])}  # fmt: skip
    return found


def groups(scenario: Scenario) -> list[dict[str, Any]]:
    """The inputs by section, each with what its part does: what the page's form is made of."""
    made: dict[str, dict[str, Any]] = {}
    for address, field in fields(scenario).items():
        words = address.split(".")
        title = ".".join(words[:2]) if words[0] == "models" else words[0]
        if title not in made:
            part = scenario.models[words[1]][0] if words[0] == "models" else scenario.part(title)[0]
            made[title] = {"title": title.replace("models.", "model: "), "part": part.name, "about": part.about,
                           "fields": []}  # fmt: skip
        made[title]["fields"].append({"address": address, **field})
    return list(made.values())


def design(scenario: Scenario) -> list[list[Any]]:
    """What an experiment varies: (its name, its levels), of its arms and of each axis of its grid."""
    cells = scenario.cells() if scenario.sections.get("arms") or scenario.sections.get("grid") else []
    arms = list(dict.fromkeys(cell.arm for cell in cells)) if scenario.sections.get("arms") else []
    axes: dict[str, dict[str, None]] = {}
    for cell in cells:
        for axis, level in cell.point.items():
            axes.setdefault(axis, {})[level] = None
    return [*([[ARM, arms]] if arms else []), *([axis, list(levels)] for axis, levels in axes.items())]


def chosen(scenario: Scenario, cell: Mapping[str, str]) -> Scenario:
    """The arm at the point of the grid that *cell* names (as `design` has them); what it leaves out is the first."""
    levels = {name: cell.get(name) or offered[0] for name, offered in design(scenario)}
    for one in scenario.cells():
        if all(one.arm == level if name == ARM else one.point.get(name) == level for name, level in levels.items()):
            return one.scenario
    raise SocietyError(f"there is no {', '.join(f'{name} {level}' for name, level in levels.items())}")


def changed(scenario: Scenario, given: Mapping[str, Any]) -> Scenario:
    """*scenario* with what *given* says at addresses of the form, checked; `ScenarioError` says what is wrong."""
    for said in changes(scenario, given):
        address, _, value = said.partition("=")
        scenario = scenario.set(address, plainyaml.read(value).value if value else None)
    scenario.check()
    return scenario


def texts(scenario: Scenario) -> dict[str, str]:
    """What the scenario says at each address of the form, as one would write it after `--set`."""
    found = {}
    for address, part, name in _addresses(scenario):
        section = address.split(".")[0]
        if part is None:
            found[address] = scenario.part(section)[0].name
            continue
        use = scenario.models[address.split(".")[1]] if section == "models" else scenario.part(section)
        found[address] = written(use[1].get(name, part.parameters[name].default))
    return found


def changes(scenario: Scenario, given: Mapping[str, Any]) -> list[str]:
    """What in *given* (address -> value of the form) differs from *scenario*, as `--set` has it; parts first."""
    now = texts(scenario)
    said = {address: _text(value) for address, value in given.items()}
    differ = {address: value for address, value in said.items() if now.get(address) != value}
    return [f"{address}={value}" for address, value in sorted(differ.items(), key=lambda item: "." in item[0])]


def written(value: Any) -> str:
    """*value* as a scenario's file has it, on one line.

    >>> written(None), written(True), written([1, 2]), written("vendors"), written(0.1)
    ('null', 'true', '[1, 2]', 'vendors', '0.1')
    """
    if isinstance(value, Path):
        return str(value)
    if isinstance(value, tuple):
        value = list(value)
    try:
        text = yaml.safe_dump(value, default_flow_style=True, width=10**6, allow_unicode=True)
    except yaml.YAMLError:
        return str(value)
    return text.removesuffix("\n").removesuffix("\n...").strip()


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return "null" if value is None else str(value).strip()


def _addresses(scenario: Scenario) -> Iterator[tuple[str, Part | None, str]]:
    """Each address of the form; with its part and parameter where it is one of these."""
    for section in _SECTIONS:
        try:
            part, parameters = scenario.part(section)
        except SocietyError:
            continue
        if section in PARTS:
            yield section, None, ""
        for parameter in part.parameters:
            if not isinstance(parameters.get(parameter), Path):
                yield f"{section}.{parameter}", part, parameter

    for name, (part, _) in scenario.models.items():
        for parameter in part.parameters:
            if not part.aside(parameter):
                yield f"models.{name}.{parameter}", part, parameter


def _choices(section: str, now: str) -> set[str]:
    """The parts that can stand in *section* as they are: those that need no parameter."""
    return {now} | {name for name, part in registry.KINDS[section].parts.items()
                    if not any(one.default is one.empty for one in part.parameters.values())}  # fmt: skip


def _input(annotation: Any, value: str) -> dict[str, Any]:
    """The input for a parameter: a box to tick, a choice, a number, or text that is read as YAML."""
    bare = get_args(annotation)[0] if get_origin(annotation) is Annotated else annotation
    hint = ", ".join(str(one) for one in bounds.of(annotation) if str(one))
    either = get_origin(bare) in (Union, UnionType)
    some = [one for one in get_args(bare) if one is not type(None)] if either else [bare]
    kind, values = "text", []
    if bare is bool:
        kind = "check"
    elif get_origin(bare) is Literal and all(isinstance(one, str) for one in get_args(bare)):
        kind, values = "choice", list(get_args(bare))
    elif bare in (int, float) and _NUMBER.fullmatch(value):
        kind = "whole" if bare is int else "number"
    elif either and type(None) in get_args(bare):
        hint = f"{hint}; null: none is given" if hint else "null: none is given"
    if kind == "text" and set(some) & {int, float}:
        hint = f"a number {hint}".strip()
    return {"kind": kind, "value": value, "values": values, "hint": hint}
