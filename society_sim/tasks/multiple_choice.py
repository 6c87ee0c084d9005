"""Multiple choice: a bank of questions with gold answers, from a file or declared."""

from __future__ import annotations

import heapq
from collections.abc import Iterator
from functools import lru_cache
from itertools import islice
from pathlib import Path
from typing import Annotated, Any

import numpy as np

from society_sim.backends.tables import BLANK, csv_rows, half_of, json_rows, opened, stamp
from society_sim.bounds import Positive, between
from society_sim.errors import ScenarioError, nearest
from society_sim.registry import task
from society_sim.seal import Sealed
from society_sim.values import Item, Question

LETTERS = tuple("ABCDEFGHIJKLMNOPQRSTUVWXYZ")
_BANK = 400
_NONE = "-"  # no option is right or wrong
_LONGEST = 600  # characters of a free answer, as the form of a question without options reads them


@task
def multiple_choice(
    rng: np.random.Generator,
    *,
    questions: Path | None = None,
    rounds: Positive | None = None,
    categories: list[str] | None = None,
    half: int | None = None,
    options: Annotated[int, between(2, len(LETTERS))] = 10,
) -> Iterator[Question]:
    """Questions with a known answer: choose among lettered options, or, where there are none, answer freely.

    *questions*: a file of JSON Lines with `qid`, `question`, `options` (a list of 2 to 26 texts) and `gold` (a letter,
    A for the first option) on each line; without `options` the answer is free text and must equal `gold`. Or a CSV
    file with `qid` and `gold` (a table of answers has them): with `n_options` the letters are the options. Either may
    be gzipped. The members are offered the letters. The gold answer `-` says that no option is right or wrong, as in
    an election: then nothing is scored.
    *rounds*: how many questions, drawn evenly by the run's seed and kept in the order of the file; all if left out.
    *categories*: only questions whose `category` is one of these. *half*: only the first, third, ... (1) or the second,
    fourth, ... (2) of those in the file, so that what was learnt on one half is tried on the other.
    Without a file the bank is synthetic: *rounds* items (400 if left out) of *options* options, whose text says nothing
    but that: they mean something only to models that read the sealed item. Another seed gives other items; of a *half*
    there are half as many.

    The whole file is checked before the first question is put; it is read line by line, and only ids and numbers of
    lines are kept. `ScenarioError` with file and line: a line that is no JSON, a question that is there twice, a gold
    answer that is none of the options. Gold answers are sealed: only the scorer and a synthetic model's competence
    open them.
    Sources: MMLU-Pro (Wang et al. 2024), GSM8K (Cobbe et al. 2021), CRUXEval (Gu et al. 2024) come in this shape.

    >>> bank = multiple_choice(np.random.default_rng(7), rounds=2, options=4)
    >>> [question.options for question in bank]
    [('A', 'B', 'C', 'D'), ('A', 'B', 'C', 'D')]
    """
    if questions is None:
        if categories is not None:
            raise ScenarioError("task 'multiple_choice': the synthetic bank has no categories; name a file")
        return half_of(_synthetic(rng, _BANK if rounds is None else rounds, LETTERS[:options]), half)
    path = Path(questions)
    chosen = _checked(path, rng, rounds, None if categories is None else frozenset(categories), half)
    return _from_file(path, chosen)


def _synthetic(rng: np.random.Generator, rounds: int, letters: tuple[str, ...]) -> Iterator[Question]:
    bank = f"{int(rng.integers(16**6)):06x}"  # other items for another seed: how hard an item is belongs to its id
    for number in range(1, rounds + 1):
        gold = letters[int(rng.integers(len(letters)))]
        text = f"Synthetic item {bank}-{number}. Exactly one of the options {letters[0]} to {letters[-1]} is right."
        yield _question(f"{bank}-{number}", text, letters, gold, {})


def _question(qid: str, text: str, letters: tuple[str, ...], gold: str, facts: dict[str, Any]) -> Question:
    none = letters and gold == _NONE
    return Question(qid, text, letters, Item(qid, text, letters, None if none else Sealed(gold)), facts)


def _checked(
    path: Path, rng: np.random.Generator, rounds: int | None, wanted: frozenset[str] | None, half: int | None
) -> frozenset[int]:
    """The lines to ask, after a look at all of them."""
    lines = _looked_through(path, stamp(path), wanted, half)
    if rounds is None:
        return frozenset(lines)
    if rounds > len(lines):
        raise ScenarioError(f"there are {len(lines)} questions, {rounds} rounds were asked for", file=path)
    luck = rng.random(len(lines))
    return frozenset(lines[place] for place in heapq.nsmallest(rounds, range(len(lines)), key=luck.__getitem__))


@lru_cache(maxsize=16)
def _looked_through(
    path: Path, stamped: tuple[int, int], wanted: frozenset[str] | None, half: int | None
) -> tuple[int, ...]:
    """The lines that may be asked; `ScenarioError` for one that cannot."""
    known: set[str] = set()
    categories: set[str] = set()
    lines: list[int] = []
    asked = {line for line, _ in half_of(_rows(path), half)} if half is not None else None
    for line, row in _rows(path):
        try:
            qid, _, letters, gold = _fields(row)
        except ValueError as error:
            raise ScenarioError(str(error), file=path, line=line) from error
        if qid in known:
            raise ScenarioError(f"question {qid!r} is there twice", file=path, line=line)
        if letters and gold not in letters and gold != _NONE:
            raise ScenarioError(f"the gold answer {gold!r} of question {qid!r} is none of the options "
                                f"{letters[0]} to {letters[-1]}", file=path, line=line)  # fmt: skip
        known.add(qid)
        category = str(row.get("category", ""))
        categories.add(category)
        if (wanted is None or category in wanted) and (asked is None or line in asked):
            lines.append(line)
    for name in sorted((wanted or frozenset()) - categories):
        raise ScenarioError(f"there is no category {name!r}; {nearest(name, categories)}", file=path)
    return tuple(lines)


def _from_file(path: Path, chosen: frozenset[int]) -> Iterator[Question]:
    for line, row in _rows(path):
        if line in chosen:
            qid, text, letters, gold = _fields(row)
            category = row.get("category")
            yield _question(qid, text, letters, gold, {"category": str(category)} if category else {})


def _rows(path: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    with opened(path) as text:
        try:
            first = next((line for line in islice(text, 100) if line.strip()), "")
        except (OSError, EOFError, UnicodeDecodeError):
            first = "{"  # the reader of lines says what is wrong
    if first.lstrip().startswith("{"):
        yield from json_rows(path)
        return
    rows = csv_rows(path)
    line, head = next(rows)
    for name in ("qid", "gold"):
        if name not in head:
            raise ScenarioError(f"neither lines of JSON nor a table with a column {name!r}", file=path, line=line)
    for line, cells in rows:
        yield line, {name: cell for name, cell in zip(head, cells, strict=True) if cell}


def _fields(row: dict[str, Any]) -> tuple[str, str, tuple[str, ...], str]:
    """Id, text, letters (none: a free answer) and gold of a question; `ValueError` says what is missing."""
    for name in ("qid", "gold"):
        if isinstance(row.get(name), bool) or not isinstance(row.get(name), (str, int, float)) or row[name] == "":
            raise ValueError(f"there is no {name!r}")
    qid, gold = str(row["qid"]).strip(), str(row["gold"]).strip() or BLANK
    asked = str(row.get("question") or f"Question {qid}.")
    listed: Any = row.get("options")
    count = str(row.get("n_options", ""))
    if listed is None and count:
        if not count.isdecimal() or not 2 <= int(count) <= len(LETTERS):
            raise ValueError(f"n_options is {count}; it must be from 2 to {len(LETTERS)}")
        return qid, asked, LETTERS[: int(count)], gold
    if listed is None:
        return qid, f"{asked}\nGive the final answer and nothing else.", (), gold[:_LONGEST].rstrip()
    if not isinstance(listed, list) or not 2 <= len(listed) <= len(LETTERS):
        raise ValueError(f"the options are no list of 2 to {len(LETTERS)} texts")
    letters = LETTERS[: len(listed)]
    lines = [f"{letter}) {option}" for letter, option in zip(letters, listed, strict=True)]
    return qid, "\n".join([asked, *lines]), letters, gold
