"""Parts and how they are found: one file, one decorator, and the function's signature is its schema.

>>> @mechanism
... def shrug(society, question, *, times: int = 1):
...     '''Settle nothing.'''
...     yield society.env.timeout(times)
>>> mechanism.get("shrug").parameters["times"].default
1
>>> mechanism.get("plurallity")
Traceback (most recent call last):
    ...
society_sim.errors.ScenarioError: no mechanism 'plurallity'; did you mean 'plurality'?
"""

from __future__ import annotations

import ast
import importlib
import inspect
import pkgutil
import re
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Annotated, Any, TypeVar, get_args, get_origin, get_type_hints

from society_sim.bounds import held
from society_sim.errors import ScenarioError, nearest

ASIDE = "shapes no record"
"""`Annotated[kind, ASIDE]`: a parameter that may change when a run is taken up again, such as an address or a price."""
_LOADING = threading.RLock()
F = TypeVar("F", bound=Callable[..., Any])


@dataclass(frozen=True)
class Part:
    """A registered function and what a scenario may say to it."""

    kind: str
    name: str
    function: Callable[..., Any]

    @property
    def place(self) -> str:
        """Where it stands, as `file:line`."""
        code = getattr(inspect.unwrap(self.function), "__code__", None)
        return f"{code.co_filename}:{code.co_firstlineno}" if code else str(self.function.__module__)

    @cached_property
    def parameters(self) -> Mapping[str, inspect.Parameter]:
        """The keyword-only parameters: name -> parameter, with its annotation as a type."""
        hints = get_type_hints(self.function, include_extras=True)
        return {
            name: parameter.replace(annotation=hints.get(name, Any))
            for name, parameter in inspect.signature(self.function).parameters.items()
            if parameter.kind is parameter.KEYWORD_ONLY
        }

    @cached_property
    def seated(self) -> bool:
        """Whether this part, a topology, asks to see who takes which seat: it has an argument `profiles`."""
        found = inspect.signature(self.function).parameters.get("profiles")
        return found is not None and found.kind is not inspect.Parameter.KEYWORD_ONLY

    @property
    def about(self) -> str:
        """The first line of the part's docstring, without the stars around names of parameters."""
        return re.sub(r"\*(\w+)\*", r"\1", (inspect.getdoc(self.function) or "").split("\n", 1)[0])

    def __repr__(self) -> str:
        return f"<{self.kind} {self.name}({', '.join(self.parameters)}): {self.about}>"

    def _repr_html_(self) -> str:
        from society_sim import display

        return display.part(self)

    def aside(self, parameter: str) -> bool:
        """Whether *parameter* shapes no record, so that it has no part in a scenario's digest."""
        kind = self.parameters[parameter].annotation if parameter in self.parameters else None
        return get_origin(kind) is Annotated and ASIDE in get_args(kind)[1:]

    def check_name(self, parameter: str) -> None:
        """`ScenarioError` unless *parameter* is one that this part takes."""
        if parameter not in self.parameters:
            takes = ", ".join(self.parameters) or "no parameters"
            raise ScenarioError(f"{self.kind} {self.name!r} has no {parameter!r}; it takes: {takes}")


_MANY = 20
"""So many names are not read by anybody who has misspelt one."""


class Kind:
    """One kind of part; the object is the decorator that registers parts of it."""

    def __init__(self, name: str, package: str | None, *, often: bool = False) -> None:
        """*package* holds the built-in parts: each of its modules is imported when a part is first looked for.

        Parts that are called *often* hold their numbers against bounds where a scenario gives them, and no more.
        """
        self.name, self._package, self._often = name, package, often
        self._parts: dict[str, Part] = {}

    def __call__(self, function: F) -> F:
        """Register *function* under its own name and return it; from now on it refuses what is out of bounds."""
        name = function.__name__
        part, known = Part(self.name, name, function), self._parts.get(name)
        if known and not _made_again(known, part):
            raise ScenarioError(f"there are two parts {self.name} {name!r}: in {known.place} and in {part.place}; "
                                "give one of them another name")  # fmt: skip
        function = function if self._often else held(self.name, function)
        self._parts[name] = Part(self.name, name, function)
        return function

    def __repr__(self) -> str:
        return f"<the kind {self.name!r} of parts>"

    def _repr_html_(self) -> str:
        from society_sim import display

        return display.kind(self)

    @property
    def parts(self) -> Mapping[str, Part]:
        """All registered parts, by name."""
        self._load()
        return dict(sorted(self._parts.items()))

    def get(self, name: str) -> Part:
        """The part called *name*; `ScenarioError` with the nearest name if there is none."""
        if name not in self._parts:
            self._load()
        if name not in self._parts:
            raise ScenarioError(f"no {self.name} {name!r}; {self._instead(name)}")
        return self._parts[name]

    def _instead(self, name: str) -> str:
        hint = nearest(name, self._parts)
        if len(self._parts) < _MANY or hint.startswith("did you mean"):
            return hint
        return (f"`society-sim list {self.name}` shows those that there are; one of your own is a function with "
                f"`@{self.name}` in the file beside the scenario")  # fmt: skip

    def _load(self) -> None:
        with _LOADING:
            if self._package is None:
                return
            package = importlib.import_module(self._package)
            for module in pkgutil.iter_modules(getattr(package, "__path__", ())):
                importlib.import_module(f"{package.__name__}.{module.name}")
            self._package = None


def _made_again(known: Part, part: Part) -> bool:
    """Whether *part* is *known*, whose file or cell was carried out again, and not a second of the same name."""
    old, new = known.function, part.function
    if (old.__module__, old.__qualname__) != (new.__module__, new.__qualname__):
        return False
    if known.place == part.place:
        return True
    file = Path(part.place.rpartition(":")[0])
    if not file.is_file():  # a cell of a notebook
        return True
    there = [node for node in ast.parse(file.read_bytes()).body if getattr(node, "name", None) == part.name]
    return len(there) < 2  # lines above it came or went


mechanism = Kind("mechanism", "society_sim.mechanisms")
topology = Kind("topology", "society_sim.topologies")
rewiring = Kind("rewiring", "society_sim.rewirings")
population = Kind("population", "society_sim.populations")
task = Kind("task", "society_sim.tasks")
measure = Kind("measure", "society_sim.measures")
backend = Kind("backend", "society_sim.backends")
pace = Kind("pace", "society_sim.paces", often=True)
on_failure = Kind("on_failure", "society_sim.failures", often=True)
memory = Kind("memory", "society_sim.attending")
attention = Kind("attention", "society_sim.attending")
channel = Kind("channel", "society_sim.channels", often=True)
money = Kind("money", "society_sim.money")
capacity = Kind("capacity", "society_sim.capacity")
arrivals = Kind("arrivals", "society_sim.arriving")
policy = Kind("policy", "society_sim.backends.synthetic", often=True)
KINDS = {kind.name: kind
         for kind in (mechanism, topology, rewiring, population, task, measure, backend, pace, on_failure, memory,
                      attention, channel, money, capacity, arrivals, policy)}  # fmt: skip
