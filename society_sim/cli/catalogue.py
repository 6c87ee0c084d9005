"""What there is: the parts and scenarios that can be named, and their pages."""

from __future__ import annotations

from pathlib import Path

from rich.console import RenderableType
from rich.text import Text

from society_sim.cli import telling
from society_sim.errors import ScenarioError, nearest
from society_sim.registry import KINDS
from society_sim.scenario import Scenario, plainyaml, sources
from society_sim.scenario.sections import SECTIONS
from society_sim.scenario.using import page

_SCENARIO = "scenario"


def kinds(name: str | None) -> list[str]:
    """The kinds to list: *name* (its plural will do), or all."""
    every = [_SCENARIO, *KINDS]
    if name is None:
        return every
    for kind in every:
        if name.lower() in (kind, f"{kind}s", f"{kind[:-1]}ies"):
            return [kind]
    raise ScenarioError(f"no kind {name!r}; {nearest(name, every)}")


def listing(kind: str, *, long: bool) -> list[RenderableType]:
    """All of one *kind*: a line each, or the whole page."""
    if kind == _SCENARIO:
        about = [(f"  {name}", _about(file)) for name, file in sources.known().items()]
        return [Text(kind, "bold"), telling.rows(about), Text("")] if about else []
    parts = KINDS[kind].parts.values()
    if long:
        return [row for part in parts for row in telling.page(part, page(part))]
    return [Text(kind, "bold"), telling.rows([(f"  {part.name}", part.about) for part in parts]), Text("")]


def pages(name: str) -> list[RenderableType]:
    """The pages of all that is called *name*: parts of every kind, and the scenario of that name or file."""
    named = [part for kind in KINDS.values() for part in kind.parts.values() if part.name == name]
    known = sources.known()
    found = [row for part in named for row in telling.page(part, page(part))]
    if name in known or Path(name).suffix in (".yaml", ".yml"):
        return [*found, *_scenario(name)]
    if not found:
        every = {*known, *(part for kind in KINDS.values() for part in kind.parts)}
        raise ScenarioError(f"neither a part nor a scenario is called {name!r}; {nearest(name, every)}")
    return found


def _scenario(name: str) -> list[RenderableType]:
    file = sources.find(name)
    scenario = Scenario.read(file)
    parts = [(f"  {section}", use.part.name, use.part.about) for section, value in scenario.sections.items()
             for _, use in SECTIONS[section].uses(value)]  # fmt: skip
    return [Text.assemble((scenario.name, "bold"), "  ", ("scenario", "dim")), Text(telling.clean(scenario.about)),
            Text(""), telling.rows(parts), Text(""), Text(telling.clean(scenario.dump()), no_wrap=True),
            Text(telling.clean(f"file {file}, digest {scenario.digest[:8]}"), "dim", no_wrap=True)]  # fmt: skip


def _about(file: Path) -> str:
    """What the scenario in *file* says that it is for; none of its code is run."""
    try:
        value = plainyaml.read(sources.text_of(file), file=file).value
        return telling.line(value.get("about", "")) if isinstance(value, dict) else "(not a scenario)"
    except ScenarioError as error:
        return telling.line(f"({error})")
