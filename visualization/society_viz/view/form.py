"""A form for a scenario's parameters, made from the signatures of its parts: nothing of it is written by hand."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from types import UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

import yaml

from society_sim import bounds, registry
from society_sim.errors import SocietyError
from society_sim.registry import Part
from society_sim.scenario import Scenario

_PARTS = ("topology", "mechanism")
"""Sections whose part can be chosen: with another population or task the rest of a scenario seldom fits."""
_SECTIONS = ("population", "topology", "task", "mechanism", "pace", "channel", "arrivals")
_SLIDER = 400  # whole numbers in a range no wider than this are set with a slider
SEED = "seed"


def fields(scenario: Scenario) -> dict[str, dict[str, Any]]:
    """Inputs by address (`topology`, `topology.k`), as Mesa's page takes them."""
    found: dict[str, dict[str, Any]] = {}
    for address, part, name in _addresses(scenario):
        value = texts(scenario)[address]
        if part is None:
            names = sorted(_choices(address, value))
            found[address] = {"type": "Select", "label": address, "value": value, "values": names}
        else:
            found[address] = {**_input(part.parameters[name].annotation, value), "label": address.replace(".", ": ", 1)}
    return found


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
        if section in _PARTS:
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


def _input(kind: Any, value: str) -> dict[str, Any]:
    """The input for a parameter of *kind*: a box to tick, a choice, a slider, or text that is read as YAML."""
    held = bounds.of(kind)
    bare = get_args(kind)[0] if get_origin(kind) is Annotated else kind
    some = [one for one in get_args(bare) if one is not type(None)] if get_origin(bare) in (Union, UnionType) else []
    if bare is bool:
        return {"type": "Checkbox", "value": value == "true"}
    if get_origin(bare) is Literal and all(isinstance(one, str) for one in get_args(bare)):
        return {"type": "Select", "value": value, "values": list(get_args(bare))}
    if bare is int and not some and value.lstrip("-").isdecimal():
        for bound in held:
            if bound.low is not None and bound.high is not None and bound.high - bound.low <= _SLIDER:
                low = int(bound.low) + bound.beyond
                return {"type": "SliderInt", "value": int(value), "min": low, "max": int(bound.high), "step": 1}
    return {"type": "InputText", "value": value}
