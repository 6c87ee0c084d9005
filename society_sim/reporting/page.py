"""What a page is made of: frozen values, the same for HTML and Markdown. All text is plain text."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

from society_sim.reporting.drawings import Drawing


@dataclass(frozen=True, slots=True)
class Cell:
    """What a table shows. *exact* is the number that it shows, as the experiment's own table has it."""

    told: str
    exact: str = ""


@dataclass(frozen=True, slots=True)
class Words:
    """A paragraph; *tone* is `plain`, `soft`, or `warning` for what must not be overlooked."""

    text: str
    tone: str = "plain"


@dataclass(frozen=True, slots=True)
class Points:
    """A list of sentences."""

    items: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Code:
    """Commands or a file, as they are; with a *title* they are folded."""

    text: str
    title: str = ""


@dataclass(frozen=True, slots=True)
class Table:
    """A table. The first *heads* cells of a row name it; the other columns hold numbers, unless *words* has them."""

    caption: str
    head: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    heads: int = 1
    words: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure: what it shows in a few words, its numbers, and its caption."""

    title: str
    drawing: Drawing
    caption: str


@dataclass(frozen=True, slots=True)
class Played:
    """A run, shown as a still picture and as an animation: what it is in a few words, its *record*, and the caption."""

    title: str
    record: Path
    caption: str


@dataclass(frozen=True, slots=True)
class Player:
    """What shows a run: a *still* picture (SVG), and a *page* (HTML) that plays it and needs nothing else.

    *scripts* and *styles* are the hashes of that page's scripts and style sheets, for a content security policy.
    """

    still: str
    page: str
    scripts: tuple[str, ...] = ()
    styles: tuple[str, ...] = ()


Block: TypeAlias = Words | Points | Code | Table | Figure | Played


@dataclass(frozen=True, slots=True)
class Section:
    """A heading and what stands below it."""

    title: str
    blocks: tuple[Block, ...]


@dataclass(frozen=True, slots=True)
class Page:
    """A report: its *title*, a line below it, and its sections."""

    title: str
    line: str
    sections: tuple[Section, ...]
