"""The gallery of the site: an overview by subject, a page for each scenario, and the pictures of both."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path

import gallery
from markup import cell, fenced

from society_sim.registry import Part
from society_sim.scenario import Scenario, sources
from society_sim.scenario.sections import SECTIONS

ROOT = Path(__file__).resolve().parent.parent.parent
KEPT = ROOT / ".cache" / "gallery"
"""Where pictures are kept from one build to the next, under the digest of all code and scenarios."""


def overview(by_subject: Mapping[str, list[str]]) -> str:
    """The page of all scenarios, as cards by subject."""
    count = sum(map(len, by_subject.values()))
    lines = [gallery.HEAD.format(count=count, most=gallery.MOST)]
    for subject, names in by_subject.items():
        lines += [f"## {subject}", "", '<div class="grid cards" markdown>', ""]
        for name in names:
            page = f"gallery/{name}.md"
            lines += [f"-   [![A run of {name}](gallery/pictures/{name}.svg){{ loading=lazy }}]({page})", "",
                      f"    **[{name}]({page})**", "", f"    {cell(gallery.first(gallery.read(name).about))}",
                      ""]  # fmt: skip
        lines += ["</div>", ""]
    return "\n".join(lines)


def page(name: str) -> str:
    """The page of the scenario *name*: what it says, what it is made of, and its files."""
    scenario, file = gallery.read(name), sources.find(name)
    lines = [f"# {name}", "", gallery.section(name, scenario, "pictures"),
             "## Made of", "", "| section | part | |", "|---|---|---|", *_parts(scenario), "",
             "## The scenario", "", *_code(file, "yaml")]  # fmt: skip
    if code := sources.code_beside(file):
        lines += [f"Beside it lies `{code[0].name}`:", "", *_code(code[0], "python")]
    return "\n".join(lines)


def pictures(names: list[str]) -> Iterator[tuple[str, Path]]:
    """Each of *names* with the file of its picture, which is made unless nothing has changed since it was made."""
    folder = KEPT / _digest()
    for old in KEPT.glob("*") if KEPT.is_dir() else ():
        if old != folder:
            shutil.rmtree(old)
    folder.mkdir(parents=True, exist_ok=True)
    for name in names:
        file = folder / f"{name}.svg"
        if not file.is_file():
            gallery.picture(gallery.read(name), file)
        yield name, file


def _parts(scenario: Scenario) -> Iterator[str]:
    for section, value in scenario.sections.items():
        for _, use in SECTIONS[section].uses(value):
            kind, part = use.part.kind, use.part
            link = f"[{part.name}](../reference/parts/{kind}.md#{part.name})" if _ours(use.part) else part.name
            yield f"| {section} | {link} | {cell(part.about)} |"


def _ours(part: Part) -> bool:
    return part.function.__module__.startswith("society_sim.")


def _code(file: Path, language: str) -> list[str]:
    return [fenced(file.read_text(encoding="utf-8").rstrip("\n"), f'{language} title="{file.name}"'), ""]


def _digest() -> str:
    """sha256 over all that a picture can depend on: the code of the packages, the scenarios, and how runs are cut."""
    mixed = hashlib.sha256()
    for folder in ("society_sim", "visualization", "scenarios", "docs/gallery.py"):
        root = ROOT / folder
        for file in sorted(root.rglob("*")) if root.is_dir() else [root]:
            if file.is_file() and "__pycache__" not in file.parts:
                mixed.update(str(file.relative_to(ROOT)).encode() + b"\0" + hashlib.sha256(file.read_bytes()).digest())
    return mixed.hexdigest()[:16]
