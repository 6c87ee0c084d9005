"""`society-sim new`: a commented scenario and a part of one's own, to start from."""

from __future__ import annotations

import importlib.util
import keyword
import re
from collections.abc import Mapping
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from society_sim.cli.printing import say, told
from society_sim.cli.starters import INSTEAD, PARTS, SCENARIO, SECTION, SEEN
from society_sim.errors import ScenarioError
from society_sim.registry import KINDS, Kind

_NAME = re.compile(r"[a-z][a-z0-9_-]{0,59}")
Made = StrEnum("Made", {kind: kind for kind in PARTS})  # type: ignore[misc]  # the kinds that can be begun
_FIRST = Made("mechanism")


def new(
    name: Annotated[str, typer.Argument(metavar="NAME", help=(
        "What the scenario, its files and its part are called: small letters, digits, - and _."))],
    part: Annotated[Made, typer.Option(help="The kind of part to begin.")] = _FIRST,
) -> None:  # fmt: skip
    """Begin a scenario and a part of your own: NAME.yaml and NAME.py, here, which run as they are.

    Nothing that is there is written over.
    """
    with told():
        written = begin(name, part.value, Path())
        way = _filled(SEEN.get(part.value, "to run it: society-sim run NAME.yaml"), name, name)
        say(f"{written[0]} is the scenario and {written[1]} the part. {way[:1].upper()}{way[1:]}")


def begin(name: str, kind: str, folder: Path) -> tuple[Path, Path]:
    """Write the scenario *name* with a part of *kind* into *folder*; gives its file and that of the code.

    `ScenarioError`, with nothing written: a name that cannot be one, that another part of the kind has, or a module
    that the file would hide; a file that is there already; a folder that cannot be written to.
    """
    called = name.replace("-", "_")
    if not _NAME.fullmatch(name):
        raise ScenarioError(f"a name begins with a small letter and has 1 to 60 small letters, digits, - and _, not "
                            f"{name!r}")  # fmt: skip
    if keyword.iskeyword(called):
        raise ScenarioError(f"{called!r} is a word of Python's own, and the part is a function; take another name")
    _free(kind, called)
    scenario, code = folder / f"{name}.yaml", folder / f"{name}.py"
    for file in (scenario, code):
        if file.exists() or file.is_symlink():
            raise ScenarioError(f"{file} is there already; take another name, or move it away")
    if importlib.util.find_spec(called) is not None:
        raise ScenarioError(f"Python has a module {called!r}, which {code} would hide; take another name")
    texts = _filled(_scenario(kind), name, called), _filled(_code(kind), name, called)
    made: list[Path] = []
    try:
        for file, text in zip((scenario, code), texts, strict=True):
            with file.open("x", encoding="utf-8", newline="\n") as stream:
                made.append(file)
                stream.write(text)
    except OSError as error:
        for file in made:
            file.unlink(missing_ok=True)
        raise ScenarioError(f"cannot write {file}: {error.strerror}") from error
    return scenario, code


def _free(kind: str, called: str) -> None:
    """`ScenarioError` if the package has a part of that name already."""
    known: Mapping[str, Kind] = KINDS
    if kind in SEEN:  # these belong to the pictures, which only those load that ask for them
        import society_viz

        known = {kind: getattr(society_viz, kind)}
    if called in known[kind].parts:
        raise ScenarioError(f"there is a {kind} {called!r} already (`society-sim show {called}`); take another name")


def _scenario(kind: str) -> str:
    lines = ["# What each section is: docs/scenarios.md. What can stand in it: `society-sim list`. Is it sound?",
             "# `society-sim check NAME.yaml`. Another seed: `society-sim run NAME.yaml --seed 7`."]  # fmt: skip
    own = f"# Your own {kind}: the function PART in NAME.py, run since it lies beside this file"
    section, sections = SECTION.get(kind, kind), dict(SCENARIO)
    if kind in SEEN:
        lines.append(f"{own};\n# {SEEN[kind]}.")
    elif section in sections:
        sections[section] = INSTEAD[kind]
    else:
        last = {key: sections.pop(key) for key in ("measures", "seeds")}
        sections |= {section: INSTEAD[kind], **last}
    for key, value in sections.items():
        if key == section:
            lines.append(f"{own}.")
        lines.append(f"{key + ':':11} {value}" if key not in ("name", "about", "source") else f"{key}: {value}")
    return "\n".join(lines) + "\n"


def _code(kind: str) -> str:
    head = f"""\
\"\"\"The {kind} of NAME.yaml, which runs this file first.

MORE
\"\"\"

"""
    more = ("Pictures and pages of its runs load this file, and draw it." if kind in SEEN else
            "What comes after `*` are the parameters that a scenario may set, with their types and defaults.")
    return head.replace("MORE", more) + PARTS[kind]


def _filled(text: str, name: str, called: str) -> str:
    return text.replace("NAME", name).replace("PART", called)
