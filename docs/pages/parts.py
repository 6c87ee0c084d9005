"""The reference of parts: a page for each kind of the registry, made from signatures, docstrings and scenarios."""

from __future__ import annotations

import inspect
import sys
from collections.abc import Iterator, Mapping
from typing import Annotated, Any, get_args, get_origin

from markup import cell, markdown
from society_viz.marking import mark
from society_viz.view.blocks import panel

from society_sim.registry import KINDS, Kind, Part
from society_sim.scenario import Scenario, sources
from society_sim.scenario.sections import SECTIONS
from society_sim.scenario.using import Use, page, signature

ALL = {**KINDS, mark.name: mark, panel.name: panel}
"""Every kind of part that a decorator registers: those of societies, and those of pictures and of the page."""
ABOUT = {
    "mechanism": ("Mechanisms", "How something is settled."),
    "topology": ("Topologies", "Who may speak to whom."),
    "rewiring": ("Rewirings", "How ties change while a run goes on."),
    "population": ("Populations", "Who is there."),
    "task": ("Tasks", "What is to be settled."),
    "measure": ("Measures", "What a record comes to, as a number."),
    "backend": ("Backends", "What answers: the models."),
    "pace": ("Paces", "How long an answer takes, in simulated time."),
    "on_failure": ("On failure", "Whether failed calls end a run."),
    "memory": ("Memories", "What members keep of what they hear."),
    "attention": ("Attention", "How much of it they have in mind."),
    "channel": ("Channels", "When what is said is heard, and whether."),
    "money": ("Money", "What members own."),
    "capacity": ("Capacity", "What members and the servers of models can do at a time."),
    "arrivals": ("Arrivals", "When questions come."),
    "policy": ("Policies", "How the synthetic model decides what is not a plain answer."),
    "mark": ("Marks", "What entries of a record look like in pictures and in the page."),
    "panel": ("Panels", "What the page of `society-sim view` shows beside the graph."),
}


def shipped(kind: Kind) -> list[Part]:
    """The parts of *kind* in the package's modules: not those of scenarios, or of examples, that were run."""
    return [part for part in kind.parts.values()
            if part.function.__module__.partition(".")[0] in ("society_sim", "society_viz")
            and hasattr(sys.modules[part.function.__module__], part.name)]  # fmt: skip


def uses() -> Mapping[tuple[str, str], list[str]]:
    """Kind and name of each part that a shipped scenario uses, in any of its arms -> names of those scenarios."""
    found: dict[tuple[str, str], list[str]] = {}
    for name in sources.known():
        scenario = Scenario.read(sources.find(name))
        cells = [scenario, *(cell.scenario for cell in scenario.cells())]
        for used in dict.fromkeys(key for one in cells for key in _parts(one)):
            found.setdefault(used, []).append(name)
    return found


def overview(kinds: Mapping[str, Kind] = ALL) -> str:
    """The page of all kinds: what each is for, and how many parts of it there are."""
    rows = [f"| [{title(kind)}]({kind.name}.md) | {about(kind)} | {len(shipped(kind))} |"
            for kind in kinds.values()]  # fmt: skip
    return "\n".join([
        "# Parts", "",
        "What a scenario names. A part is one function with a decorator; its signature is what a scenario may say to "
        "it, and is checked before anything runs. These pages are made from the signatures and docstrings; "
        "`society-sim show NAME` prints the same. [Contributing](../../contributing.md) says how to add one.", "",
        "| kind | | parts |", "|---|---|---|", *rows, ""])  # fmt: skip


def page_of(kind: Kind, used: Mapping[tuple[str, str], list[str]]) -> str:
    """The page of one *kind*, with the scenarios in *used* that use each part."""
    parts = shipped(kind)
    head = [f"# {title(kind)}", "", f"{about(kind)} {_said_under(kind)}".strip(), "",
            "| part | |", "|---|---|", *(f"| [{part.name}](#{part.name}) | {cell(part.about)} |" for part in parts),
            ""]  # fmt: skip
    return "\n".join([*head, *(row for part in parts for row in entry(part, used))])


def entry(part: Part, used: Mapping[tuple[str, str], list[str]]) -> list[str]:
    """What the page says of one *part*."""
    module = inspect.unwrap(part.function).__module__
    scenarios = [f"[{name}](../../gallery/{name}.md)" for name in used.get((part.kind, part.name), ())]
    code = f"{module.replace('.', '/')}.py"
    shown = ["", f"## {part.name} {{ #{part.name} }}", "", "```python", declared(part), "```", "",
             markdown(inspect.getdoc(part.function) or ""), ""]  # fmt: skip
    if parameters := page(part):
        asides = [name for name in signature(part) if part.aside(name)]
        shown += ["| parameter | is | if left out |", "|---|---|---|",
                  *(f"| `{name}` | {cell(kind)} | {f'`{given}`' if given else 'must be given'} |"
                    for name, kind, given in parameters), ""]  # fmt: skip
        if asides:
            shown += ["Not in the digest, so free to change when a run is taken up again: "
                      + ", ".join(f"`{name}`" for name in asides) + ".", ""]  # fmt: skip
    return [*shown, f"In `{code}`. " + (f"Used by {', '.join(scenarios)}." if scenarios else ""), ""]


def declared(part: Part) -> str:
    """The function's head as it stands in the code, the bounds of its parameters with it."""
    lines, _ = inspect.getsourcelines(inspect.unwrap(part.function))
    from_def = next(at for at, line in enumerate(lines) if line.lstrip().startswith(("def ", "async def ")))
    head = []
    for line in lines[from_def:]:
        head.append(line.rstrip().removesuffix("  # fmt: skip"))
        if head[-1].endswith(":"):
            break
    return "\n".join(head)


def title(kind: Kind) -> str:
    """What the page of *kind* is called."""
    return ABOUT.get(kind.name, (kind.name, ""))[0]


def about(kind: Kind) -> str:
    """What parts of *kind* are for."""
    return ABOUT.get(kind.name, ("", ""))[1]


def _said_under(kind: Kind) -> str:
    sections = [name for name, section in SECTIONS.items() if kind in _kinds(section)]
    if not sections:
        return ""
    return "In a scenario: " + ", ".join(f"`{name}`" for name in sections) + "."


def _kinds(section: Any) -> list[Kind]:
    own = getattr(section, "kind", None) or getattr(getattr(section, "each", None), "kind", None)
    return [own] if isinstance(own, Kind) else []


def _parts(scenario: Scenario) -> Iterator[tuple[str, str]]:
    for name, value in scenario.sections.items():
        for _, use in SECTIONS[name].uses(value):
            yield use.part.kind, use.part.name
            yield from _nested(use)


def _nested(use: Use) -> Iterator[tuple[str, str]]:
    """Parts that are named in what is said to another part, such as the policies of the synthetic model."""
    for name, value in use.parameters.items():
        hint = signature(use.part)[name].annotation if name in signature(use.part) else None
        for kind in get_args(hint)[1:] if get_origin(hint) is Annotated else ():
            if isinstance(kind, Kind) and isinstance(value, Mapping):
                yield from ((kind.name, named) for named in value)
