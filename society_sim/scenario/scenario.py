"""A scenario: who is there, who may speak to whom, what is to be settled and how. Data only, and checked.

>>> base = Scenario.of(name="demo", models={"m": "synthetic"}, population={"plain": {"size": 5, "model": "m"}},
...                    topology="flat", task="multiple_choice", mechanism={"second_look": {"rounds": 1}})
>>> base.set("mechanism.rounds", 3).part("mechanism")[1]
{'rounds': 3}
>>> base.set("mechanism.round", 3)
Traceback (most recent call last):
    ...
society_sim.errors.ScenarioError: mechanism 'second_look' has no 'round'; did you mean 'rounds'? it takes: rounds...
>>> [cell for cell, scenario in base.vary({"mechanism.rounds": [1, 2], "topology": ["flat"]})]
[{'mechanism.rounds': 1, 'topology': 'flat'}, {'mechanism.rounds': 2, 'topology': 'flat'}]
"""

from __future__ import annotations

import copy
import itertools
import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from types import MappingProxyType
from typing import Any

from society_sim import registry
from society_sim.errors import ScenarioError, nearest
from society_sim.ledger import UNLIMITED, Cost, whole
from society_sim.registry import Part
from society_sim.scenario import checking, design, interventions, places, plainyaml, sources, written
from society_sim.scenario.conform import Where, conform, told
from society_sim.scenario.designed import DESIGN
from society_sim.scenario.expected import Expectation
from society_sim.scenario.interventions import Intervention
from society_sim.scenario.kinds import One
from society_sim.scenario.sections import PROSE, SECTIONS, UNSAID
from society_sim.scenario.using import Use, by_name, placing

Used = tuple[Part, dict[str, Any]]


@dataclass(frozen=True)
class Scenario:
    """A checked scenario. Make one with `read` or `of`, another one of it with `set`, `vary`, `changed`.

    *sections*: section -> `Use` (part and parameters); for `models` name -> `Use`; for `measures` several; words and
    numbers as they are. *changes* come from a fork, in the order of time. *code* is the text of the file of code that
    the scenario brings. Parts are looked up when a section is read, so a scenario keeps those it was made with.
    """

    sections: Mapping[str, Any]
    changes: tuple[Intervention, ...] = ()
    code: str | None = field(default=None, repr=False)
    designed: Mapping[str, Where] = field(default_factory=dict, compare=False, repr=False)
    """Where the arms, and the grid, of an experiment were given."""

    # --- making one -----------------------------------------------------------------------------------------------

    @staticmethod
    def read(path_or_name: str | Path, sets: Sequence[str] = ()) -> Scenario:
        """The scenario in a file, or of that name in the checkout or the package, with *sets* applied in order.

        *sets* are `section.parameter=value` or `section=part`. A `.py` file beside the scenario's, of the same stem,
        is run first: it registers the scenario's own parts. `ScenarioError` says file, line and column.
        """
        file = sources.find(path_or_name)
        return Scenario.parse(sources.text_of(file), file=file, code=sources.code_beside(file), sets=sets)

    @staticmethod
    def parse(
        words: str, *, file: Path, code: tuple[Path, str] | None = None, sets: Sequence[str] = ()
    ) -> Scenario:
        """The scenario in the text *words*; *file* is where paths start and what errors name."""
        return Scenario._parsed(plainyaml.read(words, file=file), file, code, sets)

    @staticmethod
    def dumped(words: str, code: tuple[Path, str] | None = None) -> Scenario:
        """The scenario that `dump` gave as *words*. They are in no file, so that its errors have no place."""
        document = replace(plainyaml.read(words), values={}, keys={})
        return Scenario._parsed(document, Path("scenario.yaml").absolute(), code)

    @staticmethod
    def _parsed(
        document: plainyaml.Document, file: Path, code: tuple[Path, str] | None, sets: Sequence[str] = ()
    ) -> Scenario:
        nowhere = places.InFile(file, document, {})
        if not isinstance(document.value, dict):
            raise nowhere.error(f"a scenario is a mapping of sections, not {told(document.value)}")
        given = dict(document.value)
        where = replace(nowhere, files=_files(given.pop("files", None), nowhere / "files"))
        if "name" in given and code:
            sources.load(SECTIONS["name"].read(given["name"], where / "name", "name"), *code)
        scenario = _built(given, where, code[1] if code else None)
        for said in sets:
            scenario = scenario._said(said)
        scenario.check()
        return scenario

    @staticmethod
    def of(**sections: Any) -> Scenario:
        """The scenario made of *sections* as a file has them: plain values, and paths from the working directory."""
        scenario = _built(sections, places.Given(), None)
        scenario.check()
        return scenario

    def check(self) -> None:
        """`ScenarioError` unless every parameter without a default is given and every file named is there."""
        for _, stage in self.stages:
            checking.check(stage)

    # --- making another of it -------------------------------------------------------------------------------------

    def set(self, address: str, value: Any) -> Scenario:
        """Another scenario, with one thing changed: `section.parameter`, `models.name.parameter`, or a whole section.

        A section is changed to another part by its name; parameters of the old part go. `None` takes a section out
        that need not be there. Whether the result is complete is seen by `check`.
        """
        return self.put(address, value, places.Given())

    def _said(self, words: str) -> Scenario:
        """The same from `section.parameter=value`; the value is read as in a scenario file."""
        address, equals, value = words.partition("=")
        where = places.Given(f"--set {words}")
        if not equals:
            raise where.error("write section.parameter=value, or section=part")
        try:
            read = plainyaml.read(value).value if value.strip() else None
        except ScenarioError as error:
            raise where.error(error.message) from None
        return self.put(address.strip(), read, where)

    def put(self, address: str, value: Any, where: Where) -> Scenario:
        """`set` for a value that was given at *where*."""
        section, *rest = address.split(".")
        if section not in SECTIONS:
            raise where.error(f"a scenario has no section {section!r}; {nearest(section, SECTIONS)}")
        sections, holds = dict(self.sections), SECTIONS[section]
        if value is None and not rest and not holds.required:
            sections.pop(section, None)
        else:
            old = sections.get(section, UNSAID.get(section))
            sections[section] = holds.put(old, rest, value, where, section)
        if section in ("arms", "grid", "measures") or section not in PROSE:
            sections.pop("expect", None)  # it was expected of another scenario
        designed = {**self.designed, section: where} if section in DESIGN else self.designed
        changed = replace(self, sections=_in_order(sections), designed=designed)
        if section == "expect" and value is not None:
            design.figured(changed, where)
        return design.settled(changed, where) if section in DESIGN else changed

    def vary(self, grid: Mapping[str, Sequence[Any]]) -> Iterator[tuple[dict[str, Any], Scenario]]:
        """Every combination of what *grid* offers (address -> values), with its scenario; the last varies fastest."""
        for values in itertools.product(*grid.values()):
            cell = dict(zip(grid, values, strict=True))
            scenario = self
            for address, value in cell.items():
                scenario = scenario.set(address, value)
            yield cell, scenario

    def cells(self) -> list[design.Cell]:
        """What an experiment runs: each arm at each point of the grid, as a scenario of its own."""
        return design.cells(self)

    def changed(self, at: float, sets: Sequence[str]) -> Scenario:
        """Another scenario, with *sets* in force from the simulated time *at* on; from 0 on, it is as if set."""
        where = places.Given(f"--at {at}")
        at = conform(at, float, where, "the time of a change")
        if at < 0 or not sets:
            raise where.error("a fork changes something, with --set, at a time of at least 0")
        now = self.at(at)
        values: dict[str, Any] = {}
        given: dict[str, Where] = {}
        for said in sets:
            now = now._said(said)
            if at > 0:
                where = places.Given(f"--set {said}")
                address = interventions.changeable(said.partition("=")[0].strip(), where)
                values.pop(address, None)
                values[address], given[address] = interventions.found(now, address), where
        if at > 0:
            changes = [*self.changes, Intervention(at, MappingProxyType(values), given)]
            changed = replace(self, changes=tuple(sorted(changes, key=lambda change: change.at)))
        else:
            changed = replace(now, changes=self.changes)
        changed.check()
        return changed

    def at(self, time: float) -> Scenario:
        """The scenario in force at simulated *time*; the same object as long as nothing changes."""
        return next(stage for begins, stage in reversed(self.stages) if begins <= max(time, 0.0))

    @cached_property
    def stages(self) -> list[tuple[float, Scenario]]:
        """The scenarios that are in force one after the other, and since when."""
        stages = [(0.0, replace(self, changes=()) if self.changes else self)]
        for change in self.changes:
            stage = stages[-1][1]
            for address, value in change.sets.items():
                stage = stage.put(address, value, interventions.Again(first=change.places.get(address, places.Given())))
            stages.append((change.at, stage))
        return stages

    # --- what is in it --------------------------------------------------------------------------------------------

    @property
    def name(self) -> str:
        """What runs are called after."""
        return str(self.sections["name"])

    @property
    def about(self) -> str:
        """What it is for, in the author's words."""
        return str(self.sections.get("about", ""))

    @property
    def source(self) -> str:
        """Where the idea is from: author, year, title."""
        return str(self.sections.get("source", ""))

    @property
    def expect(self) -> Expectation | None:
        """What its author found, and what of it can be checked."""
        return self.sections.get("expect")

    @property
    def seeds(self) -> int:
        """How many seeds an experiment runs it with."""
        return int(self.sections.get("seeds", 1))

    def part(self, section: str) -> Used:
        """The part in *section*, and a copy of its parameters; `ScenarioError` if the scenario has no such section."""
        holds = SECTIONS.get(section)
        if not isinstance(holds, One) or section not in self.sections:
            raise ScenarioError(f"scenario {self.name!r} has no part {section!r}; {nearest(section, self.sections)}")
        use = self.sections[section]
        if not isinstance(use, Use):
            raise ScenarioError(f"scenario {self.name!r} has several parts in {section!r}")
        return _used(holds, use)

    @property
    def rewirings(self) -> dict[str, Used]:
        """The rewirings and their parameters, each by a name of its own.

        A single one has no name: which it is may change while its luck stays. In a list it is the part's, with the
        number of the occurrence (from 2) after it.
        """
        holds = SECTIONS["rewiring"]
        named = by_name(self.sections.get("rewiring"))
        return {name: _used(holds, use) for name, use in named.items() if isinstance(holds, One)}

    def placing(self, section: str, name: str = "", said: str = "") -> AbstractContextManager[None]:
        """Within it, errors of the part in *section* (the one of that *name*, if several are there) get their place.

        *said* stands for the kind of the part in their words.
        """
        return placing(by_name(self.sections.get(section)).get(name), said)

    @property
    def models(self) -> dict[str, Used]:
        """The models: name -> backend and its parameters."""
        return {name: (use.part, copy.deepcopy(dict(use.parameters))) for name, use in self.sections["models"].items()}

    @property
    def measures(self) -> list[tuple[str, Part, dict[str, Any]]]:
        """The measures: name, part, parameters."""
        uses: tuple[Use, ...] = self.sections.get("measures", ())
        return [(use.part.name, use.part, copy.deepcopy(dict(use.parameters))) for use in uses]

    @property
    def at_once(self) -> int:
        """How many questions are on the table side by side."""
        return int(self.sections.get("at_once", 1))

    @property
    def budget(self) -> Cost:
        """What the whole run may take at most; infinite where nothing is said."""
        return _means(self.sections.get("budget", {}))

    @property
    def allowance(self) -> Mapping[str, Cost]:
        """What each `member`, and each `community`, may take at most, for those of them that are bounded."""
        return {whose: _means(means) for whose, means in self.sections.get("allowance", {}).items()}

    @property
    def on_failure(self) -> tuple[Callable[..., bool], dict[str, Any]]:
        """What becomes of the run when calls fail: the policy, and its parameters."""
        if "on_failure" not in self.sections:
            return registry.on_failure.get("abstain").function, {}
        part, parameters = self.part("on_failure")
        return part.function, parameters

    def aside(self, sets: Sequence[str]) -> Scenario:
        """The scenario with *sets* (`section.parameter=value`), which may change nothing that shapes its record."""
        changed = self
        for said in sets:
            changed = changed._said(said)
            if changed.digest != self.digest:
                raise places.Given(f"--set {said}").error("this shapes the record, so it would be another run; "
                                                          "fork the run instead")  # fmt: skip
        changed.check()
        return changed

    def uses(self) -> Iterator[tuple[str, tuple[str | int, ...], Use]]:
        """All parts that are in it: section, where in the section, part with the parameters that are given."""
        return ((name, keys, use) for name, value in self.sections.items() for keys, use in SECTIONS[name].uses(value))

    @cached_property
    def digest(self) -> str:
        """The sha256 of all that shapes a record: prose, measures and seeds apart.

        Files count by what is in them, wherever they lie; so does the code that the scenario brings, and the source of
        parts that were defined elsewhere (in a notebook). Parameters that are not given do not count, so that a part
        may get a new one.
        """
        return written.digest(self)

    def dump(self) -> str:
        """The scenario as the text of a file; `files` has the sha256 of each file that it names, wherever it lies."""
        return written.dump(self)

    def __repr__(self) -> str:
        used = (use.part for section, _, use in self.uses() if section != "measures")
        parts = ", ".join(f"{part.kind} {part.name}" for part in used)
        return f"<Scenario {self.name!r} {self.digest[:8]}: {parts}>"

    def _repr_html_(self) -> str:
        from society_sim import display

        return display.scenario(self)

    def __reduce__(self) -> tuple[Any, ...]:
        """Sent to another process as text."""
        code = None if self.code is None else (Path("scenario.py").absolute(), self.code)
        return Scenario.dumped, (self.dump(), code)


def _used(holds: One, use: Use) -> Used:
    return use.part, {**holds.defaults(use.part), **copy.deepcopy(dict(use.parameters))}


def _built(given: Mapping[str, Any], where: Where, code: str | None) -> Scenario:
    """The scenario made of *given*; all but completeness is checked."""
    given = dict(given)
    changes = given.pop("changes", None)
    for name in given:
        if name not in SECTIONS:
            near = nearest(str(name), [*SECTIONS, "changes"])
            raise (where / name).error(f"a scenario has no section {name!r}; {near}", key=True)
    for name, section in SECTIONS.items():
        if section.required and given.get(name) is None:
            raise where.error(f"the section {name!r} is missing")
    read = {name: SECTIONS[name].read(value, where / name, name) for name, value in given.items() if value is not None}
    scenario = Scenario(_in_order(read), code=code, designed={name: where / name for name in read if name in DESIGN})
    if not read.keys().isdisjoint(DESIGN):
        scenario = design.settled(scenario, where)
    if scenario.expect:
        design.figured(scenario, where / "expect")
    if changes is None:
        return scenario
    return replace(scenario, changes=interventions.read(scenario, changes, where / "changes"))


def _files(given: Any, where: Where) -> dict[str, str]:
    if given is None:
        return {}
    if not isinstance(given, dict) or not all(isinstance(sha, str) and len(sha) == 64 for sha in given.values()):
        raise where.error("files are a mapping of paths to their sha256 in hexadecimal")
    return given


def _means(given: Mapping[str, float]) -> Cost:
    usd = given.get("usd")
    return UNLIMITED._replace(
        micro_usd=math.inf if usd is None else whole(usd),
        **{name: given[name] for name in ("tokens", "calls") if name in given})  # fmt: skip


def _in_order(sections: Mapping[str, Any]) -> Mapping[str, Any]:
    return MappingProxyType({name: sections[name] for name in SECTIONS if name in sections})

