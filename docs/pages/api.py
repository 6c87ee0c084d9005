"""The reference of the Python interface: which names are public, by subject, for mkdocstrings to fill in."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
from collections.abc import Iterator, Mapping

from markup import cell, markdown

import society_sim
from society_sim import rules
from society_sim.registry import Kind
from society_sim.rules.rulebook import RULEBOOK

SUBJECTS: Mapping[str, tuple[str, ...]] = {
    "Running": ("scenario", "runs", "replaying", "building", "experiments", "estimating"),
    "Societies": ("society", "member", "promises", "attending", "capacity", "servers", "accounts", "frame", "changes"),
    "Questions and forms": ("values", "forms"),
    "Models": ("backends",),
    "Luck, rules, errors": ("streams", "rules", "errors", "money"),
}
"""Heading -> modules of `society_sim` whose public names stand under it."""
APART = ("registry",)
"""Modules whose names have a page of their own: the decorators are on those of their kinds."""
DEEPER: Mapping[str, str] = {
    "Contracts of parts": "society_sim.testing",
    "Pictures": "society_viz",
    "Bridges": "society_sim.bridges",
}
"""Heading -> package whose public names stand under it; those of its modules, if it has none itself."""


def public() -> Mapping[str, list[str]]:
    """Heading -> full paths of the public names of `society_sim` under it; what no heading has is under "More"."""
    found: dict[str, list[str]] = {heading: [] for heading in SUBJECTS}
    for name, module in society_sim._HOME.items():
        if module.partition(".")[0] in APART:
            continue
        heading = next((head for head, modules in SUBJECTS.items() if module.partition(".")[0] in modules), "More")
        found.setdefault(heading, []).append(home(name, f"society_sim.{module}"))
    return {heading: names for heading, names in found.items() if names}


def home(name: str, module: str) -> str:
    """Where *name*, which *module* offers, is written: the path of its definition."""
    value = getattr(importlib.import_module(module), name)
    where = getattr(value, "__module__", None) if not isinstance(value, Kind) else None  # that of its class
    return f"{where}.{name}" if where and where.startswith("society_") else f"{module}.{name}"


def pages() -> Iterator[tuple[str, str, str]]:
    """Path under `reference/python/`, title and Markdown of each page of the interface."""
    for heading, names in public().items():
        yield f"{_slug(heading)}.md", heading, _page(heading, "", names)
    for heading, module in DEEPER.items():
        names = [path for where in _modules(module) for path in _own(where)]
        yield f"{_slug(heading)}.md", heading, _page(heading, f"From `{module}`.", names)
    yield "rules.md", "Rules", rule_page()


def overview(kinds: Mapping[str, Kind]) -> str:
    """The page of all public names, each with a line, and of the decorators of *kinds*."""
    lines = ["# Public names", "", "All of these are imported from `society_sim`, and load when they are first used.",
             "How they go together: [from Python](../../python.md).", ""]  # fmt: skip
    for heading, paths in public().items():
        lines += [f"## {heading}", "", "| | |", "|---|---|"]
        for path in paths:
            module, _, name = path.rpartition(".")
            said = inspect.getdoc(getattr(importlib.import_module(module), name)) or ""
            lines.append(f"| [`{name}`]({_slug(heading)}.md#{path}) | {cell(said.partition(chr(10))[0])} |")
        lines.append("")
    lines += ["## Decorators", "", "Each registers a function as a part of its kind.", "", "| | |", "|---|---|"]
    lines += [f"| `{kind}` | [parts of this kind](../parts/{kind}.md) |" for kind in kinds
              if society_sim._HOME.get(kind) == "registry"]  # fmt: skip
    return "\n".join([*lines, ""])


def rule_page() -> str:
    """The page of the rules: pure functions, module by module, and the rules of voting by name."""
    lines = ["# Rules", "", "Pure functions that know no society: how votes are counted, things are sold, money is "
             "divided, pairs are matched. Mechanisms use them, and so may anybody.", "",
             "## Rules of voting by name", "", "`vote: {rule: NAME}`, and those mechanisms that take a `rule`.", "",
             "| rule | asks for | counts by |", "|---|---|---|",
             *(f"| `{rule.name}` | {rule.asks} | {cell(_first(rule.count))} |" for rule in RULEBOOK.values()),
             ""]  # fmt: skip
    for found in pkgutil.iter_modules(rules.__path__):
        module = importlib.import_module(f"{rules.__name__}.{found.name}")
        own = [(path.rpartition(".")[2], getattr(module, path.rpartition(".")[2])) for path in _own(module.__name__)]
        if own:
            head, _, rest = (inspect.getdoc(module) or "").partition("\n")
            lines += [f"## {found.name}", "", head, "", markdown(rest.strip("\n")), "", "| | |", "|---|---|",
                      *(f"| `{name}{_takes(value)}` | {cell(_first(value))} |" for name, value in own), ""]  # fmt: skip
    return "\n".join(lines)


def _modules(package: str) -> list[str]:
    found = importlib.import_module(package)
    return [package] if hasattr(found, "__all__") else [one.name for one in pkgutil.iter_modules(
        found.__path__, f"{package}.") if not one.name.rpartition(".")[2].startswith("_")]  # fmt: skip


def _own(module: str) -> list[str]:
    """Full paths of the names that *module* offers: its `__all__`, or the functions and classes written there."""
    found = importlib.import_module(module)
    if hasattr(found, "__all__"):
        return [home(name, module) for name in found.__all__]
    return [f"{module}.{name}" for name, value in vars(found).items()
            if not name.startswith("_") and getattr(value, "__module__", "") == module
            and (inspect.isfunction(value) or inspect.isclass(value))]  # fmt: skip


def _page(heading: str, words: str, names: list[str]) -> str:
    return "\n".join([f"# {heading}", "", words, "", *(f"::: {name}\n" for name in names)])


def _takes(value: object) -> str:
    if inspect.isclass(value):
        return ""
    named = [f"*{one.name}" if one.kind is one.VAR_POSITIONAL else one.name
             for one in inspect.signature(value).parameters.values()]  # type: ignore[arg-type]
    return f"({', '.join(named)})"


def _first(value: object) -> str:
    return (inspect.getdoc(value) or "").partition("\n")[0]


def _slug(heading: str) -> str:
    return "".join(letter for letter in heading.lower().replace(" ", "-") if letter.isalnum() or letter == "-")
