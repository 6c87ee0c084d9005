"""Where scenarios are found, and the one file of code that a scenario may bring: its neighbour of the same name."""

from __future__ import annotations

import importlib.abc
import importlib.machinery
import importlib.util
import sys
import types
from collections.abc import Mapping
from difflib import get_close_matches
from hashlib import sha256
from importlib.resources import files
from pathlib import Path
from typing import Any

from society_sim.errors import ScenarioError
from society_sim.registry import KINDS
from society_sim.scenario.plainyaml import LONGEST

_SUFFIXES = (".yaml", ".yml")
_loaded: dict[str, str] = {}  # a scenario's name -> the sha256 of the code that it has brought


def find(path_or_name: str | Path) -> Path:
    """The file of a scenario: the path itself, else that name among `known`; `ScenarioError` with the nearest name."""
    text = str(path_or_name)
    path = Path(text)
    try:
        if path.is_file():
            return path
        folder = path.is_dir()
    except (OSError, ValueError) as error:
        raise ScenarioError(f"{text!r} is not a path: {getattr(error, 'strerror', None) or error}") from None
    if path.suffix in _SUFFIXES or len(path.parts) != 1 or isinstance(path_or_name, Path):
        hint = "is a folder; name the .yaml file in it" if folder else "is not there"
        raise ScenarioError(f"the scenario {text!r} {hint}")
    names = known()
    found = names.get(text) or names.get(text.replace("-", "_"))  # a scenario's name and its file's differ in that
    if found is None:
        close = get_close_matches(text, names, n=1)
        hint = f"did you mean {close[0]!r}?" if close else "`society-sim list` has those that come with the package"
        raise ScenarioError(f"no scenario {text!r}, neither a file nor a name; {hint}")
    return found


def known() -> dict[str, Path]:
    """The scenarios that can be named: those of the checkout, then those in the package. Name -> file."""
    package = Path(str(files("society_sim")))
    folders, checkout = [package / "_scenarios"], package.resolve().parent
    if (checkout / "pyproject.toml").is_file():  # else it is whatever folder Python keeps its packages in
        folders.append(checkout / "scenarios")
    found = {file.stem: file for folder in folders if folder.is_dir()
             for file in folder.iterdir() if file.suffix in _SUFFIXES}  # fmt: skip
    return dict(sorted(found.items()))


def text_of(file: Path) -> str:
    """The text in *file*; `ScenarioError` if it is too long or not UTF-8."""
    try:
        with file.open("rb") as stream:
            data = stream.read(LONGEST + 1)
    except OSError as error:
        raise ScenarioError(f"cannot be read: {error.strerror}", file=file) from None
    if len(data) > LONGEST:
        raise ScenarioError(f"longer than {LONGEST:,} bytes", file=file)
    try:
        return data.decode()
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise ScenarioError("not text in UTF-8", file=file, line=line) from None


def code_beside(file: Path) -> tuple[Path, str] | None:
    """The code that the scenario in *file* brings (its path and text), if there is any."""
    path = file.with_suffix(".py")
    return (path, text_of(path)) if path.is_file() else None


def load(name: str, path: Path, text: str) -> None:
    """Run the code of the scenario *name*, so that its parts are registered: by path, once, writing no cache.

    A script that reads the scenario beside it has registered its parts already, and is not run again.
    """
    digest = sha256(text.encode()).hexdigest()
    if _loaded.get(name) == digest or _is_main(text):
        return
    for kind in KINDS.values():
        kind.parts  # noqa: B018 - the built-in parts come first, so that a second part of one name is told here
    module_name = _module_of(name)
    loader = _Loader(path, text)
    spec = importlib.machinery.ModuleSpec(module_name, loader, origin=str(path))
    module = importlib.util.module_from_spec(spec)
    module.__file__ = str(path)
    sys.modules[module_name] = module
    try:
        loader.exec_module(module)
    except ScenarioError:
        raise
    except Exception as error:
        line = getattr(error, "lineno", None) if isinstance(error, SyntaxError) else _line(error, path)
        told = f"the scenario's code fails: {type(error).__name__}: {error}"
        raise ScenarioError(told, file=path, line=line) from error
    _loaded[name] = digest


def file_of(name: str) -> str | None:
    """The file of the code that the scenario *name* brought, if it was run here."""
    return getattr(sys.modules.get(_module_of(name)), "__file__", None)


def _module_of(name: str) -> str:
    return f"society_sim_scenario_{name.replace('-', '_')}"


class _Loader(importlib.abc.InspectLoader):
    """A module from text that was read already: what runs is what was digested."""

    def __init__(self, path: Path, text: str) -> None:
        self._path, self._text = path, text

    def get_source(self, _: str) -> str:
        return self._text

    def get_code(self, _: str) -> types.CodeType:
        return self.source_to_code(self._text, str(self._path))


def _is_main(text: str) -> bool:
    main: Mapping[str, Any] = vars(sys.modules.get("__main__", types.ModuleType("__main__")))
    try:
        return Path(str(main["__file__"])).read_text(encoding="utf-8") == text
    except (KeyError, OSError, UnicodeDecodeError, ValueError):
        return False


def _line(error: BaseException, path: Path) -> int | None:
    line, trace = None, error.__traceback__
    while trace is not None:
        if trace.tb_frame.f_code.co_filename == str(path):
            line = trace.tb_lineno
        trace = trace.tb_next
    return line
