"""What the command line prints: a run's result, the pages of parts and scenarios, errors.

Words of models, of files and of other people's code go through `clean` and are never read as markup.
"""

from __future__ import annotations

import inspect
import shlex
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from rich.console import Console, RenderableType
from rich.table import Table
from rich.text import Text

from society_sim.ledger import UNLIMITED, money
from society_sim.readable import clean, line, number

if TYPE_CHECKING:
    from society_sim.ledger import Ledger
    from society_sim.preflight import Bound
    from society_sim.registry import Part
    from society_sim.results import Result
    from society_sim.runs import Fork

_FIRST = 5
"""How many outcomes are shown."""
_FULL = 100
"""Characters from which on a line of a docstring was broken because it was full."""


def say(console: Console, text: Any, style: str = "") -> None:
    """Print *text* as it is: nothing in it is markup, and the terminal folds it."""
    console.print(Text(clean(text), style=style), soft_wrap=True)


def rows(table: Iterable[Iterable[Any]], *, head: Iterable[str] = (), right: Iterable[int] = ()) -> Table:
    """A table without lines; columns in *right* hold numbers."""
    shown = Table(box=None, show_header=bool(head), header_style="dim", pad_edge=False, padding=(0, 2, 0, 0))
    known = [[cell if isinstance(cell, Text) else Text(clean(cell)) for cell in row] for row in table]
    names = list(head) or [""] * max((len(row) for row in known), default=0)
    for place, name in enumerate(names):
        shown.add_column(name, justify="right" if place in right else "left", overflow="fold")
    for row in known:
        shown.add_row(*row)
    return shown


def result(console: Console, run: Result) -> None:
    """What a run came to, where it is, and what may be done next."""
    header: Mapping[str, Any] = next(iter(run.record), {})
    settled = f"{len(run.outcomes):,} question{'' if len(run.outcomes) == 1 else 's'} settled"
    say(console, f"{header.get('name', 'a run')}, seed {header.get('seed', '?')}: {settled}", "bold")
    models = header.get("models", {})
    say(console, "; ".join(f"{name}: {mark}" for name, mark in models.items()), "dim")
    if any(str(mark).startswith("synthetic") for mark in models.values()):
        say(console, "synthetic: consequences of the preset, which assumes " + ", ".join(assumed()), "dim")
    if run.outcomes:
        console.print()
        console.print(_outcome(run.outcomes[0]) if len(run.outcomes) == 1 else _outcomes(run.outcomes))
        if len(run.outcomes) > _FIRST:
            say(console, f"and {len(run.outcomes) - _FIRST:,} more", "dim")
    if run.measures:
        console.print()
        console.print(rows([(name, number(value)) for name, value in run.measures.items()], right=[1]))
    console.print()
    none = ", ".join(f"{count:,} {reason}" for reason, count in run.abstentions.items()) or "none"
    console.print(rows([
        ("calls", f"{run.asked:,} asked, {run.reused:,} reused"), ("tokens", f"{run.tokens:,}"),
        ("money", _spent(run, models.values())),
        ("abstentions", none), ("record", run.digest[:16])]))  # fmt: skip
    say(console, f"folder       {run.folder}")
    console.print()
    say(console, f"watch it     society-sim animate {_quoted(run.folder)} --to run.gif\n"
                 f"prove it     society-sim replay {_quoted(run.folder)}", "dim")  # fmt: skip


def _spent(run: Result, marks: Iterable[object]) -> str:
    """What *run* cost; of models that compute their answers, here or on a table, that nobody was paid."""
    words = money(run.micro_usd) + (f", and at most {money(run.doubtful)} in doubt" if run.doubtful else "")
    priced = run.micro_usd and all(str(mark).startswith(("synthetic", "recorded")) for mark in marks)
    return words + (" by the models' price lists; nobody was paid" if priced else "")


def bounded(most: Bound) -> str:
    """What a run can take at most, in words."""
    return (f"at most {most.questions:,} questions, {most.most.tokens:,} tokens and {money(most.most.micro_usd)} for "
            f"their answers ({most.most.calls:,} requests, if all are retried)")  # fmt: skip


def announced(most: Bound, ledger: Ledger) -> str:
    """The same for a paid run that is about to begin, beside what it has spent and what it may spend."""
    words = [f"this run can take {bounded(most)}"] if most.whole else ["this run could go beyond its budget"]
    if ledger.budget != UNLIMITED:
        words.append(f"its budget is {ledger.budget.told(ledger.budget)} in all")
    words.append("it stops, to be taken up again, before it takes more")
    if ledger.spent.micro_usd:
        words.append(f"spent so far: {money(ledger.spent.micro_usd)}")
    if ledger.doubtful.micro_usd:
        words.append(f"at most {money(ledger.doubtful.micro_usd)} more for calls that broke off")
    return "; ".join(words)


def assumed() -> list[str]:
    """The effects that the synthetic model puts in: none of them is a finding."""
    from society_sim.backends.synthetic.effects import assumed_effects

    return list(assumed_effects())


def _outcome(outcome: Mapping[str, Any]) -> Table:
    """All that is known of the one question of a run, a line each."""
    told = {"decision": outcome.get("decision"), "in fact": outcome.get("gold"), **outcome}
    left_out = {"t", "about", "gold", "correct", *(["in fact"] if "gold" not in outcome else [])}
    return rows([(name.replace("_", " "), plain(value)) for name, value in told.items() if name not in left_out])


def plain(value: Any) -> str:
    """A value of a record as one reads it.

    >>> plain(["FDP", "SPD"]), plain({"left_right": 4.265, "seats": 92}), plain(None), plain("so\\nbe it")
    ('FDP, SPD', 'left right 4.265, seats 92', 'undecided', 'so be it')
    """
    if value is None:
        return "undecided"
    if isinstance(value, Mapping):
        return line(", ".join(f"{str(name).replace('_', ' ')} {plain(one)}" for name, one in value.items()), 400)
    if isinstance(value, (list, tuple)):
        return line(", ".join(map(plain, value)) or "none", 400)
    if isinstance(value, float):
        return number(value)
    return line(value, 400)


def _outcomes(outcomes: list[dict[str, Any]]) -> Table:
    gold = any("gold" in outcome for outcome in outcomes)
    verdicts = {True: Text("right", "green"), False: Text("wrong", "red"), None: Text("", "dim")}
    table = []
    for outcome in outcomes[:_FIRST]:
        decision = outcome.get("decision")
        row: list[str | Text] = [line(outcome.get("about"), 24), line(plain(decision), 80)]
        if gold:
            row += [line(plain(outcome.get("gold", "")), 40), verdicts[outcome.get("correct")]]
        table.append(row)
    return rows(table, head=["question", "decision", "gold", ""] if gold else ["question", "decision"])


def parted(console: Console, fork: Fork) -> None:
    """What a fork used again, and where it parts from its parent."""
    say(console, f"of {fork.parent}: {fork.reused:,} answers reused, {fork.asked:,} asked")
    if fork.parted is None:
        say(console, "the runs do not part: the change made no difference")
        return
    old, new = fork.parted
    say(console, f"the runs part at t = {(new or old or {}).get('t')}")
    for name, entry in (("was", old), ("is", new)):
        say(console, f"  {name:<4}{_entry(entry)}", "dim")
    console.print()


def _entry(entry: Mapping[str, Any] | None) -> str:
    if entry is None:
        return "over"
    told = ", ".join(f"{name} {line(value, 60)}" for name, value in entry.items() if name not in ("t", "kind", "key"))
    return line(f"{entry.get('kind')}: {told}", 300)


def page(part: Part, parameters: list[tuple[str, str, str]]) -> list[RenderableType]:
    """The page of a part: what its docstring says, and its parameters."""
    words = Text(prose(clean(inspect.getdoc(part.function) or "(it has no docstring)")))
    head = Text.assemble((part.name, "bold"), "  ", (part.kind, "dim"))
    if not parameters:
        return [head, words, Text("")]
    table = rows([(f"  {name}", kind, default or "must be given") for name, kind, default in parameters],
                 head=["  parameter", "is", "if left out"])  # fmt: skip
    return [head, words, Text(""), table, Text("")]


def prose(text: str) -> str:
    """*text* with the lines of a paragraph joined, so that a terminal can fold it; short lines and examples stay.

    >>> prose("word " * 20 + "end\\nof it\\n- first\\n- second").count("\\n")
    2
    """
    lines: list[str] = []
    before = ""
    for this in text.splitlines():
        goes_on = this[:1] not in ("", " ", "-", ">") and len(before) + len(this.split(" ", 1)[0]) >= _FULL
        lines[-1:] = [f"{lines[-1]} {this}"] if goes_on else [*lines[-1:], this]
        before = this
    return "\n".join(lines)


def _quoted(path: Any) -> str:
    return shlex.quote(str(path))
