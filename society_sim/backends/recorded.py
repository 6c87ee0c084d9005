"""Recorded: answers that real models once gave, from a table; without one, a declared synthetic stand-in."""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import Future
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

from society_sim.backends.calls import at_once
from society_sim.backends.standin import stand_in_panel
from society_sim.backends.tables import BLANK, check_form, csv_rows, digest, stamp
from society_sim.errors import MISSING, NoAnswer, ScenarioError, nearest
from society_sim.forms import Text
from society_sim.registry import backend
from society_sim.values import Answer, Backend, Query

NO_MODELS = frozenset({"qid", "gold", "category", "n_options", "question", "options", "src", "split", "truncated"})
"""Columns of a table that are about the question; every other column is a model."""
UNREAD = frozenset({"-", "<none>"})
"""Cells that say: the model answered, but no choice could be read from it."""
_PER_TOKEN = 4  # characters


STAND_IN = "mmlu-pro-mid8"


@backend
def recorded(
    *,
    answers: Path | None = None,
    columns: list[str] | None = None,
    lengths: Path | None = None,
    prices: Path | None = None,
    stand_in: str | None = None,
) -> Backend:
    """What real models answered, looked up by question and model; a replay cannot react to peers.

    *answers*: a CSV file (or gzipped) with a column `qid` and one column per model; `gold`, `category`, `n_options`,
    `question`, `options`, `src`, `split` and `truncated` may stand there as well and are not models. A cell is the
    model's answer. An empty cell means that the model was not run on the question: an abstention, `missing`, as for a
    question that is not in the table. `-` and `<none>` mean that it answered and no choice could be read: an
    abstention, `unreadable`, which costs what the answer cost. `<empty>` is the answer that is an empty text.
    *columns*: the models to offer, all if left out. They are the `variants` of this model: a member that speaks with
    `panel/NAME` gets the column NAME of the model called `panel` in the scenario.
    *lengths*: a table of the same shape with the number of characters that each model generated; four of them count
    as one token. Without it the length of the answer counts. Tokens read are a quarter of the prompt's characters.
    *prices*: a CSV file with columns `model`, `usd_per_mtok_in`, `usd_per_mtok_out`; a model that is not in it, or
    has no price there, costs nothing in the record.

    Where a ranking is asked for, a cell is one, best first: `B > A > C`; where approvals are, it names them: `A, C`, or
    `none`. A single letter ranks nothing, and such a ballot is unreadable.

    Asked again, or shown what others said, a model says what it said before. So votes, markets over stated answers,
    routing, cascades and relays replay honestly, and debates do not.

    Without *answers* the model is the synthetic stand-in called *stand_in* (`mmlu-pro-mid8` if left out):
    made-up answers with the accuracies and
    the error correlations that were measured on a real panel, and a watermark that says so.
    Sources of such tables: MMLU-Pro (Wang et al. 2024), ZeroEval (Lin et al. 2024).
    """
    if answers is None:
        for name, value in (("lengths", lengths), ("prices", prices)):
            if value is not None:
                raise ScenarioError(f"backend 'recorded': {name} belong to recorded answers; name their file too")
        return stand_in_panel(stand_in or STAND_IN, columns)
    if stand_in is not None:
        raise ScenarioError("backend 'recorded': give answers or stand_in, not both")
    table = read_table(Path(answers), columns)
    mark = f"recorded@{digest(Path(answers))}"
    long: Mapping[str, tuple[str, ...]] = {}
    if lengths is not None:
        long = read_table(Path(lengths), list(table.columns)).cells
        mark += f" lengths@{digest(Path(lengths))}"
    costs: Mapping[str, tuple[float, float]] = {}
    if prices is not None:
        costs = read_prices(Path(prices))
        mark += f" prices@{digest(Path(prices))}"
    return Recording(mark, table, long, costs)


@dataclass(frozen=True, slots=True)
class Table:
    """The cells of a wide table: question -> one cell for each of *columns*, the models."""

    path: Path
    columns: tuple[str, ...]
    cells: Mapping[str, tuple[str, ...]]


def read_table(path: Path, columns: list[str] | None = None) -> Table:
    """The table in *path*, or of it the models in *columns*; `ScenarioError` says what is wrong with it, and where."""
    return _table(path, stamp(path), None if columns is None else tuple(columns))


@lru_cache(maxsize=8)
def _table(path: Path, _: tuple[int, int], columns: tuple[str, ...] | None) -> Table:
    rows = csv_rows(path)
    line, head = next(rows)
    if "qid" not in head:
        raise ScenarioError(f"there is no column 'qid'; {nearest('qid', head)}", file=path, line=line)
    if len(set(head)) < len(head):
        twice = next(name for name in head if head.count(name) > 1)
        raise ScenarioError(f"there are two columns {twice!r}", file=path, line=line)
    models = [name for name in head if name not in NO_MODELS]
    if unnamed := [place for place, name in enumerate(head, 1) if not name.strip() or not name.isprintable()]:
        raise ScenarioError(f"column {unnamed[0]} has no name that can be printed", file=path, line=line)
    if columns is not None and len(set(columns)) < len(columns):
        raise ScenarioError(f"a column is named twice: {', '.join(columns)}", file=path, line=line)
    if columns is not None and not columns:
        raise ScenarioError("columns is an empty list; leave it out to have them all", file=path, line=line)
    for name in columns or ():
        if name not in models:
            raise ScenarioError(f"there is no column {name!r}; {nearest(name, models)}", file=path, line=line)
    wanted = models if columns is None else list(columns)
    if not wanted:
        raise ScenarioError("there is no column with a model's answers", file=path, line=line)
    at, places = head.index("qid"), [head.index(name) for name in wanted]
    one: dict[str, str] = {}  # equal cells are kept once
    cells: dict[str, tuple[str, ...]] = {}
    for line, row in rows:
        qid = row[at].strip()
        if not qid or qid in cells:
            raise ScenarioError(f"question {qid!r} is there twice" if qid else "qid is empty", file=path, line=line)
        cells[qid] = tuple([one.setdefault(row[place], row[place]) for place in places])
    return Table(path, tuple(wanted), cells)


def read_prices(path: Path) -> dict[str, tuple[float, float]]:
    """USD per million tokens (read, written) of each model in *path* that has a price."""
    rows = csv_rows(path)
    line, head = next(rows)
    names = ("model", "usd_per_mtok_in", "usd_per_mtok_out")
    for name in names:
        if name not in head:
            raise ScenarioError(f"there is no column {name!r}; {nearest(name, head)}", file=path, line=line)
    at = [head.index(name) for name in names]
    prices: dict[str, tuple[float, float]] = {}
    for line, row in rows:
        model, *money = (row[place].strip() for place in at)
        if not all(money):
            continue
        try:
            read, written = (float(price) for price in money)
        except ValueError:
            read = written = -1.0
        if not (0 <= read < float("inf") and 0 <= written < float("inf")):
            raise ScenarioError(f"{' and '.join(money)} are no prices", file=path, line=line)
        if prices.setdefault(model, (read, written)) != (read, written):
            raise ScenarioError(f"model {model!r} has two different prices", file=path, line=line)
    return prices


@dataclass(frozen=True)
class Recording:
    """The backend behind `recorded`. Answers are there at once."""

    watermark: str
    table: Table
    lengths: Mapping[str, tuple[str, ...]]
    prices: Mapping[str, tuple[float, float]]
    _place: Mapping[str, int] = field(init=False, repr=False)
    reads_items = True
    free = True  # costs nothing more and always answers alike: the tape need not be forced to disk each time

    def __post_init__(self) -> None:
        object.__setattr__(self, "_place", {name: place for place, name in enumerate(self.table.columns)})

    @property
    def variants(self) -> tuple[str, ...]:
        """The models that a member may speak with, after a slash."""
        return self.table.columns

    def submit(self, query: Query) -> Future[Answer]:
        """What the table has for the query's question and model."""
        return at_once(self._answer, query)

    def _answer(self, query: Query) -> Answer:
        tag = check_form(query.form, ballots=True)
        place = self._place.get(query.model)
        if place is None:
            raise NoAnswer(MISSING, f"no column {query.model!r}; {nearest(query.model, self.variants)}")
        if query.item is None:
            raise NoAnswer(MISSING, "recorded answers are to the items of a task, and this question has none")
        row = self.table.cells.get(query.item.id)
        cell = row[place] if row else ""
        if not cell:
            raise NoAnswer(MISSING, f"{self.table.path.name} has no answer of {query.model} to {query.item.id}")
        if cell in UNREAD:
            text = ""  # no form reads a choice from nothing
        else:
            said = cell.strip() or BLANK
            text = said if isinstance(query.form, Text) else f"{tag}: {said}"
        length = self._characters(query.item.id, place)
        tokens_in = (len(query.system) + len(query.text)) // _PER_TOKEN
        tokens_out = (len(text) if length is None else length) // _PER_TOKEN
        read, written = self.prices.get(query.model, (0.0, 0.0))
        micro_usd = round(tokens_in * read + tokens_out * written)
        return Answer(text=text, tokens_in=tokens_in, tokens_out=tokens_out, micro_usd=micro_usd, model=query.model)

    def _characters(self, qid: str, place: int) -> int | None:
        row = self.lengths.get(qid)
        return int(row[place]) if row and row[place].isdecimal() else None
