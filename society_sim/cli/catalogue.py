"""What there is: the parts and scenarios that can be named, and their pages."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from rich.console import RenderableType
from rich.text import Text

from society_sim import readable
from society_sim.cli import telling
from society_sim.errors import ScenarioError, nearest
from society_sim.registry import KINDS, Kind
from society_sim.scenario import Scenario, plainyaml, sources
from society_sim.scenario.sections import SECTIONS
from society_sim.scenario.using import page

_SCENARIO, _SEEN = "scenario", ("mark", "panel")  # the last belong to the pictures, which are loaded if asked for


def kinds(name: str | None) -> list[str]:
    """The kinds to list: *name* (its plural will do), or all."""
    every = [_SCENARIO, *KINDS]
    if name is None:
        return every
    for kind in (*every, *_SEEN):
        if name.lower() in (kind, f"{kind}s", f"{kind[:-1]}ies"):
            return [kind]
    raise ScenarioError(f"no kind {name!r}; {nearest(name, [*every, *_SEEN])}")


def _kind(name: str) -> Kind:
    if name in KINDS:
        return KINDS[name]
    import society_viz

    return getattr(society_viz, name)  # type: ignore[no-any-return]


def listing(kind: str, *, long: bool) -> list[RenderableType]:
    """All of one *kind*: a line each, or the whole page."""
    if kind == _SCENARIO:
        if long:
            return [row for file in sources.known().values() for row in _page(file)]
        about = [(f"  {name}", _about(file)) for name, file in sources.known().items()]
        return [Text(kind, "bold"), telling.rows(about), Text("")] if about else []
    parts = _kind(kind).parts.values()
    if long:
        return [row for part in parts for row in telling.page(part, page(part))]
    return [Text(kind, "bold"), telling.rows([(f"  {part.name}", part.about) for part in parts]), Text("")]


def pages(name: str) -> list[RenderableType]:
    """The pages of all that is called *name*: parts of every kind, and the scenario of that name or file."""
    named = [part for kind in KINDS.values() for part in kind.parts.values() if part.name == name]
    known = sources.known()
    file = name in known or Path(name).suffix in (".yaml", ".yml")
    if not named and not file:
        named = [part for kind in _SEEN for part in _kind(kind).parts.values() if part.name == name]
    found = [row for part in named for row in telling.page(part, page(part))]
    if file:
        return [*found, *_scenario(name)]
    if not found:
        every = {*known, *(part for kind in (*KINDS, *_SEEN) for part in _kind(kind).parts)}
        near = nearest(name, every)
        hint = near if near.startswith("did you mean") else "`society-sim list` has the names of all"
        raise ScenarioError(f"neither a part nor a scenario is called {name!r}; {hint}")
    return found


def _scenario(name: str) -> list[RenderableType]:
    file = sources.find(name)
    scenario = Scenario.read(file)
    parts = [(f"  {section}", use.part.name, use.part.about) for section, value in scenario.sections.items()
             for _, use in SECTIONS[section].uses(value)]  # fmt: skip
    sections = replace(scenario, sections={name: value for name, value in scenario.sections.items()
                                           if name not in ("about", "source", "expect")})  # fmt: skip
    return [*_head(scenario), telling.rows(parts), Text(""), Text(readable.clean(sections.dump()), no_wrap=True),
            Text(readable.clean(f"file {file}, digest {scenario.digest[:8]}"), "dim", no_wrap=True)]  # fmt: skip


def _page(file: Path) -> list[RenderableType]:
    """What the scenario in *file* is about, where it is from and what is to be expected."""
    try:
        return _head(Scenario.read(file))
    except ScenarioError as error:
        return [Text(file.stem, "bold"), Text(readable.line(f"({error})")), Text("")]


def _head(scenario: Scenario) -> list[RenderableType]:
    shown: list[RenderableType] = [Text.assemble((scenario.name, "bold"), "  ", ("scenario", "dim")),
                                   Text(readable.clean(scenario.about)), Text("")]  # fmt: skip
    if expect := scenario.expect:
        shown += [Text.assemble(("To expect: ", "dim"), readable.clean(expect.says))]
        if expect.figures:
            seeds = "seed 0" if expect.seeds == 1 else f"means over the seeds 0 to {expect.seeds - 1}"
            shown += [telling.rows([(f"  {readable.clean(one)}",) for one in expect.figures]),
                      Text(f"  {seeds}; the command that looks again: society-sim experiment {scenario.name}", "dim")]
        shown.append(Text(""))
    return [*shown, *([Text.assemble(("Source: ", "dim"), readable.clean(scenario.source)), Text("")]
                      if scenario.source else [])]  # fmt: skip


def _about(file: Path) -> str:
    """What the scenario in *file* says that it is for; none of its code is run."""
    try:
        value = plainyaml.read(sources.text_of(file), file=file).value
        return readable.line(value.get("about", "")) if isinstance(value, dict) else "(not a scenario)"
    except ScenarioError as error:
        return readable.line(f"({error})")
