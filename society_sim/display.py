"""What notebooks show of a society, a run, a table: small pieces of HTML.

Nothing in them runs or is fetched, and every word goes through `_text`, for members, models and files wrote most of
them. Colours are those of the page that it is shown on, light or dark. These functions read what they are given and
import nothing of it, so that whatever can be shown can import them.
"""

from __future__ import annotations

import inspect
import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from html import escape
from itertools import islice
from typing import TYPE_CHECKING, Any

from society_sim.ledger import money
from society_sim.readable import filled, line, numeric, told

if TYPE_CHECKING:
    from society_sim.estimating import Estimate
    from society_sim.experiments import Experiment
    from society_sim.member import Member
    from society_sim.promises import Answers
    from society_sim.registry import Kind, Part
    from society_sim.replaying import Replay
    from society_sim.results import Result
    from society_sim.runs import Fork
    from society_sim.scenario import Scenario
    from society_sim.society import Society
    from society_sim.values import Outcome, Record

_ROWS, _FEW, _COLUMNS = 10, 5, 16
_ENTRIES = 20_000
"""Entries of a record that are looked at to be counted."""
_SYNTHETIC = "Figures of a synthetic model are consequences of its preset, not of any real model."
_TABLE = "border-collapse:collapse;margin:.4em 0;font-variant-numeric:tabular-nums"
_CELL = "padding:.15em .8em .15em 0;vertical-align:top"
_SHORT = ";white-space:nowrap"
_HEAD = f"{_CELL};border-bottom:1px solid currentColor;font-weight:600"
_SOFT = "opacity:.75"


def rows(table: Sequence[Mapping[str, Any]]) -> str:
    """A table: its first rows, and the columns that have anything in them."""
    return _card("", _table(list(table), _ROWS)) if table else _card("", _soft("no rows"))


def society(of: Society) -> str:
    """Who is there, on what ties, and how far it has come."""
    graph, desk = of.graph, of.desk
    members = [{"seat": one.id, "name": one.name, "model": one.profile.model, "persona": one.persona,
                "traits": one.traits, "may speak to": graph.out_degree(one.id) if one.id in graph else None}
               for one in of.members[:_FEW]]  # fmt: skip
    spent = {"asked": desk.asked, "spent": money(desk.micro_usd)} if desk.asked else {}
    facts = {"ties": graph.number_of_edges(), "time": of.now, **spent, "seed": of.seed}
    return _card(f"Society of {len(of.members):,} members", _facts(facts), _table(members, _FEW, len(of.members)))


def member(of: Member) -> str:
    """Who it is."""
    facts = {"seat": of.id, "model": of.profile.model, "may speak to": len(of.audience), **of.traits}
    return _card(of.name, _facts(facts), _soft(of.persona, 400))


def answers(of: Answers) -> str:
    """Who answered what, as far as it is there, and how often each answer was given."""
    known = of.there()
    counts = Counter(told(value, 60) for value, _ in known.values() if value is not None)
    none = sum(value is None for value, _ in known.values())
    tally = {**dict(counts.most_common(_FEW)), **({"abstentions": none} if none else {})}
    table = [{"seat": seat, "answer": value, "abstained": reason} for seat, (value, reason) in known.items()]
    waiting = len(of) - len(known)
    return _card(f"{len(of):,} answers", _facts({**tally, **({"on their way": waiting} if waiting else {})}),
                 _table(table, _FEW))  # fmt: skip


def outcome(of: Outcome) -> str:
    """What was decided."""
    title = "Nothing was decided" if of.decision is None else f"Decided: {told(of.decision)}"
    votes = getattr(of.votes, "there", None)
    cast = [value for value, _ in votes().values()] if votes else list((of.votes or {}).values())
    counts = Counter(told(value, 60) for value in cast if value is not None)
    tally = f"votes: {told(dict(counts.most_common(_FEW)))}" if counts else ""
    return _card(title, _soft(tally), _facts(of.facts))


def scenario(of: Scenario) -> str:
    """What it is about, and the parts that it is made of."""
    parts = [{"section": ".".join(map(str, (section, *keys[:-1]))), "part": use.part.name, "parameters": use.parameters}
             for section, keys, use in of.uses() if section != "measures"]  # fmt: skip
    cells = f"{len(of.sections['arms'])} arms" if "arms" in of.sections else ""
    facts = {"digest": of.digest[:8], "seeds": of.seeds if of.seeds > 1 else None, "design": cells}
    return _card(f"Scenario {of.name}", _words(of.about), _facts(facts), _table(parts, 20), _soft(of.source, 300))


def result(of: Result) -> str:
    """What a run came to: its measures, its first outcomes, and what it took."""
    head = next(iter(of.record), {})
    spent = {"asked": of.asked, "reused": of.reused, "tokens": of.tokens, "spent": money(of.micro_usd)}
    name = f"Run of {head.get('name', 'a scenario')}, seed {head.get('seed', 0)}"
    decided = [{key: value for key, value in one.items() if key in ("t", "about", "decision", "gold", "correct")}
               for one in of.outcomes[:_FEW]]  # fmt: skip
    facts = {"digest": of.digest[:12], **({"folder": of.folder} if of.folder else {})}
    return _card(name, _warning(of.trouble), _table([told_apart(of.measures)], 1), _facts(spent),
                 _table(decided, _FEW, len(of.outcomes)), _facts({"abstentions": of.abstentions}),
                 _played(head), _facts(facts))  # fmt: skip


def told_apart(measures: Mapping[str, float]) -> dict[str, Any]:
    """The first measures: a table's only row."""
    return dict(islice(measures.items(), _COLUMNS))


def fork(of: Fork) -> str:
    """Where a run parted from another."""
    old, new = of.parted or (None, None)
    parted = [{"run": label, **{key: _short(value) for key, value in entry.items() if key != "key"}}
              for label, entry in (("before", old), ("fork", new)) if entry]  # fmt: skip
    words = "The first entries in which they differ:" if parted else "Nothing happened differently."
    return _card("Fork", _facts({"reused": of.reused, "asked anew": of.asked}), _words(words), _table(parted, 2)) + (
        result(of.result))  # fmt: skip


def replay(of: Replay) -> str:
    """That a record came out again."""
    return _card("The same record, byte by byte", _facts({"digest": of.digest[:12], "answers": of.answers}))


def record(of: Record) -> str:
    """What is in a record: who played, and how many entries there are of each kind."""
    head: Mapping[str, Any] = {}
    counts: Counter[str] = Counter()
    last: Mapping[str, Any] = {}
    for last in islice(of, _ENTRIES):
        head = head or last
        counts[str(last.get("kind"))] += 1
    many = f"the first {_ENTRIES:,} entries" if counts.total() == _ENTRIES else f"{counts.total():,} entries"
    return _card(f"Record of {head.get('name', 'a society')}, seed {head.get('seed', 0)}: {many}",
                 _facts(dict(counts.most_common(20))), _facts({"until": last.get("t")}), _played(head))  # fmt: skip


def experiment(of: Experiment) -> str:
    """What an experiment found: arms, and comparisons with their intervals."""
    columns = list(of.arms[0]) if of.arms else ["arm", "seeds"]
    points = columns[1 : columns.index("seeds")]
    level = f"{100 * (1 - of.comparison.alpha):g} % interval"
    arms = [{**{key: row[key] for key in ("arm", *points, "seeds", "questions", "accuracy")}, level: _between(row),
             **{f"{key} each": row[key] for key in ("tokens", "messages")}} for row in of.arms]  # fmt: skip
    compared = [{**{key: row[key] for key in ("arm", "baseline", *points, "measure", "pairs", "difference")},
                 level: _between(row), "p (Holm)": row["p_holm"], "verdict": row["verdict"]}
                for row in of.comparisons]  # fmt: skip
    broken = f"{len(of.failed):,} runs failed, {len(of.stopped):,} were broken off" if of.failed or of.stopped else ""
    synthetic = _soft(_SYNTHETIC) if of.synthetic else ""
    return _card(f"Experiment: {len(of.runs):,} runs", _warning(broken), _table(arms, _ROWS),
                 _table(compared, _ROWS), synthetic, _facts({"folder": of.folder}))  # fmt: skip


def estimate(of: Estimate) -> str:
    """What a run will take, and what it can take at most."""
    names = {"questions": "calls", "requests": "requests", "tokens": "tokens", "micro_usd": "money",
             "seconds": "wall time, s", "time": "simulated time"}  # fmt: skip
    table = [{"": label, **{at: money(getattr(amount, at)) if key == "micro_usd" else getattr(amount, at)
                            for at in ("low", "middle", "high")}}
             for key, label in names.items() if (amount := of.total.get(key)) is not None]  # fmt: skip
    cap = of.cap.micro_usd
    most = f"At most {money(cap)}: it stops before it takes more." if math.isfinite(cap) else ""
    short = f"No price is known for {told(list(of.unpriced))}" if of.unpriced else ""
    asked = (f"In place of models that cost, the synthetic one was asked {of.dry:,} times over: {told(dict(of.models))}"
             if of.models else f"{of.free:,} answers, of models that cost nothing.")  # fmt: skip
    return _card(f"Estimate: {of.runs:,} runs, {100 * of.level:g} % intervals", _warning(short), _table(table, 10),
                 _words(most), _soft(asked))  # fmt: skip


def part(of: Part) -> str:
    """A part's page: what it does, and what a scenario may say to it."""
    about, _, rest = (inspect.getdoc(of.function) or "").partition("\n\n")
    takes = [one for one in inspect.signature(of.function).parameters.values() if one.kind is one.KEYWORD_ONLY]
    table = [{"parameter": one.name, "kind": _kind(one.annotation),
              "default": "" if one.default is one.empty else repr(one.default)} for one in takes]  # fmt: skip
    return _card(f"{of.kind} {of.name}", _words(about, 1_000), _table(table, 30), _soft(rest, 1_500))


def _kind(annotation: Any) -> str:
    """As it is written, whether or not the file that it stands in has annotations as text."""
    if annotation is inspect.Parameter.empty:
        return ""
    return annotation if isinstance(annotation, str) else inspect.formatannotation(annotation)


def kind(of: Kind) -> str:
    """All parts of a kind."""
    return _card(f"{len(of.parts)} parts: {of.name}",
                 _table([{"name": name, "": part.about} for name, part in of.parts.items()], 200))  # fmt: skip


def steps(title: str, of: Sequence[tuple[str, Sequence[str]]]) -> str:
    """What led to something: steps in order, each with its lines."""
    shown = "".join(f'<tr><th scope="row" style="{_CELL};text-align:left;white-space:nowrap">{_text(step)}</th>'
                    f'<td style="{_CELL};text-align:left">{"<br>".join(map(_line, lines[:40]))}</td></tr>'
                    for step, lines in of)  # fmt: skip
    return _card(title, f'<table style="{_TABLE}"><tbody>{shown}</tbody></table>')


# --- the pieces that these are made of --------------------------------------------------------------------------------


def _text(value: Any, longest: int = 120) -> str:
    return escape(told(value, longest))


def _card(title: str, *pieces: str) -> str:
    head = f"<div><strong>{_text(title)}</strong></div>" if title else ""
    return f'<div style="margin:.3em 0;overflow-x:auto;max-width:100%">{head}{"".join(pieces)}</div>'


def _short(value: Any) -> Any:
    return f"{len(value):,} of them" if isinstance(value, (list, Mapping)) and len(value) > 12 else value


def _line(text: str) -> str:
    return escape(line(text, 600))


def _between(row: Mapping[str, Any]) -> str:
    return "" if math.isnan(row["low"]) else f"[{row['low']:.3f}, {row['high']:.3f}]"


def _words(text: str, longest: int = 400) -> str:
    return f"<div>{escape(line(text, longest))}</div>" if text else ""


def _soft(text: str, longest: int = 200) -> str:
    return f'<div style="{_SOFT}">{escape(line(text, longest))}</div>' if text else ""


def _warning(text: str) -> str:
    return f"<div><strong>Look into this:</strong> {escape(line(text, 400))}</div>" if text else ""


def _facts(facts: Mapping[str, Any]) -> str:
    shown = [f"{_text(key, 40)}\u00a0<strong>{_text(value)}</strong>" for key, value in islice(facts.items(), 20)
             if value not in (None, "", {}, [])]  # fmt: skip
    return f"<div>{' · '.join(shown)}</div>" if shown else ""


def _played(head: Mapping[str, Any]) -> str:
    models = head.get("models")
    known = [f"{name}: {mark}" for name, mark in models.items()] if isinstance(models, Mapping) else []
    synthetic = _SYNTHETIC if any("synthetic" in mark for mark in known) else ""
    return _soft(f"Played by {told(known, 200)}.") + _soft(synthetic) if known else ""


def _table(table: list[Any], most: int, of: int | None = None) -> str:
    """The first *most* rows; *of* says how many there are in all, if these are not all."""
    if not (names := filled(table)[:_COLUMNS]):
        return ""
    right = {name for name in names if numeric(table, name)}
    head = "".join(f'<th scope="col" style="{_HEAD};text-align:{_side(name in right)}">{_text(name, 40)}</th>'
                   for name in names)  # fmt: skip
    body = "".join(_row(row, names, right) for row in table[:most])
    more = (len(table) if of is None else of) - min(most, len(table))
    return (f'<table style="{_TABLE}"><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>'
            + _soft(f"and {more:,} more" if more > 0 else ""))  # fmt: skip


def _row(row: Mapping[str, Any], names: Iterable[str], right: Iterable[str]) -> str:
    cells = ((name in right, told(row.get(name))) for name in names)
    return "<tr>" + "".join(f'<td style="{_CELL};text-align:{_side(number)}{_SHORT if len(text) <= 32 else ""}">'
                            f"{escape(text)}</td>" for number, text in cells) + "</tr>"  # fmt: skip


def _side(right: bool) -> str:
    return "right" if right else "left"
