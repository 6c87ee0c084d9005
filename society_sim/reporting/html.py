"""A page as HTML: one file that asks no network and runs no script; all that anybody wrote in it is escaped."""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Callable
from hashlib import sha256
from html import escape
from importlib.resources import files

from society_sim.reporting.drawings import Drawing
from society_sim.reporting.page import Block, Code, Figure, Page, Points, Section, Table, Words

Draw = Callable[[Drawing, str], str]
"""Draws numbers as SVG; the text is what the figure is called."""


def html(page: Page, draw: Draw, look: str = "") -> str:
    """*page* as an HTML document. *draw* makes figures, and *look* is the style sheet that they need beside ours.

    The same page gives the same bytes. A content security policy allows this one style sheet, by its hash, and nothing
    else.
    """
    style = files(__package__).joinpath("page.css").read_text(encoding="utf-8") + look
    allowed = b64encode(sha256(style.encode()).digest()).decode()
    numbers = _Numbers()
    body = "".join(_section(section, draw, numbers) for section in page.sections)
    links = "".join(f'<li><a href="#{_slug(one.title)}">{escape(one.title)}</a></li>' for one in page.sections)
    return (
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta http-equiv="Content-Security-Policy" content="default-src \'none\'; '
        f"style-src 'sha256-{allowed}'; base-uri 'none'; form-action 'none'\">\n"
        '<meta name="referrer" content="no-referrer">\n<meta name="color-scheme" content="light dark">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{escape(page.title)}: report</title>\n<style>{style}</style>\n</head>\n<body>\n"
        '<a class="skip" href="#main">To the report</a>\n'
        f'<header><h1>{escape(page.title)}</h1><p class="soft">{escape(page.line)}</p></header>\n'
        f'<nav aria-label="Sections"><ul>{links}</ul></nav>\n<main id="main">\n{body}</main>\n</body>\n</html>\n'
    )


class _Numbers:
    """Figures and tables are counted through the page."""

    def __init__(self) -> None:
        self._last = {"Figure": 0, "Table": 0}

    def next(self, kind: str) -> str:
        self._last[kind] += 1
        return f"{kind} {self._last[kind]}"


def _section(section: Section, draw: Draw, numbers: _Numbers) -> str:
    name = _slug(section.title)
    body = "".join(_block(block, draw, numbers) for block in section.blocks)
    return f'<section aria-labelledby="{name}"><h2 id="{name}">{escape(section.title)}</h2>\n{body}</section>\n'


def _block(block: Block, draw: Draw, numbers: _Numbers) -> str:
    match block:
        case Words():
            tone = "" if block.tone == "plain" else f' class="{escape(block.tone)}"'
            return f"<p{tone}>{escape(block.text)}</p>\n"
        case Points():
            return f"<ul>{''.join(f'<li>{escape(item)}</li>' for item in block.items)}</ul>\n"
        case Code():
            code = f'<pre tabindex="0"><code>{escape(block.text)}</code></pre>\n'
            return f"<details><summary>{escape(block.title)}</summary>{code}</details>\n" if block.title else code
        case Table():
            return _table(block, numbers.next("Table"))
        case Figure():
            number = numbers.next("Figure")
            title = f"{number}: {block.title}"
            return (f'<figure><div class="wide" role="region" tabindex="0" aria-label="{escape(title)}">'
                    f"{draw(block.drawing, block.title)}</div>"
                    f"<figcaption><b>{number}.</b> {escape(block.caption)}</figcaption></figure>\n")  # fmt: skip


def _table(table: Table, number: str) -> str:
    name = _slug(number)
    text = {*range(table.heads), *table.words}
    head = "".join(f'<th scope="col"{_kind(place, text)}>{escape(label)}</th>'
                   for place, label in enumerate(table.head))  # fmt: skip
    rows = []
    for row in table.rows:
        cells = []
        for place, cell in enumerate(row):
            told = escape(cell.told)
            told = f'<data value="{escape(cell.exact)}">{told}</data>' if cell.exact else told
            if place < table.heads:
                cells.append(f'<th scope="row">{told}</th>')
            else:
                cells.append(f"<td{_kind(place, text)}>{told}</td>")
        rows.append(f"<tr>{''.join(cells)}</tr>\n")
    return (f'<figure class="table"><figcaption id="{name}"><b>{number}.</b> {escape(table.caption)}</figcaption>'
            f'<div class="wide" role="region" tabindex="0" aria-labelledby="{name}"><table aria-labelledby="{name}">'
            f"<thead><tr>{head}</tr></thead>\n<tbody>\n{''.join(rows)}</tbody></table></div></figure>\n")  # fmt: skip


def _kind(place: int, text: set[int]) -> str:
    return "" if place in text else ' class="n"'


def _slug(text: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")
