"""A page as HTML: one file that asks no network; all that anybody wrote in it is escaped.

The page itself runs no script. A run that is shown has a player, which does: it is a page of its own within this one,
in a frame that can neither reach this page nor be reached, and it is begun when somebody opens it.
"""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Callable, Iterable
from hashlib import sha256
from html import escape
from importlib.resources import files
from pathlib import Path

from society_sim.reporting.drawings import Drawing
from society_sim.reporting.page import Block, Code, Figure, Page, Played, Player, Points, Section, Table, Words

Draw = Callable[[Drawing, str], str]
"""Draws numbers as SVG; the text is what the figure is called."""
Play = Callable[[Path, str], "Player | str"]
"""Shows the run with this record; the text is a name that no other has on the page. Words say why it cannot."""


def unplayed(record: Path, name: str) -> str:  # a `Play` takes both
    """What is said in place of a run where nothing shows it."""
    return "nothing was given that shows it"


def html(page: Page, draw: Draw, look: str = "", play: Play = unplayed) -> str:
    """*page* as an HTML document.

    *draw* makes figures, *look* is the style sheet that they need beside ours, and *play* shows runs. The same page
    gives the same bytes. A content security policy allows this one style sheet and, where there is one, the player's
    and its script, by their hashes, and nothing else.
    """
    style = files(__package__).joinpath("page.css").read_text(encoding="utf-8") + look
    writer = _Writer(draw, play)
    body = "".join(writer.section(section) for section in page.sections)
    styles = dict.fromkeys([b64encode(sha256(style.encode()).digest()).decode(), *writer.styles])
    policy = [_allowed("style", styles), *([_allowed("script", writer.scripts)] if writer.scripts else [])]
    links = "".join(f'<li><a href="#{_slug(one.title)}">{escape(one.title)}</a></li>' for one in page.sections)
    return (
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta http-equiv="Content-Security-Policy" content="default-src \'none\'; '
        f"{'; '.join(policy)}; base-uri 'none'; form-action 'none'\">\n"
        '<meta name="referrer" content="no-referrer">\n<meta name="color-scheme" content="light dark">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{escape(page.title)}: report</title>\n<style>{style}</style>\n</head>\n<body>\n"
        '<a class="skip" href="#main">To the report</a>\n'
        f'<header><h1>{escape(page.title)}</h1><p class="soft">{escape(page.line)}</p></header>\n'
        f'<nav aria-label="Sections"><ul>{links}</ul></nav>\n<main id="main">\n{body}</main>\n</body>\n</html>\n'
    )


def _allowed(kind: str, hashes: Iterable[str]) -> str:
    return " ".join([f"{kind}-src", *(f"'sha256-{one}'" for one in hashes)])


class _Writer:
    """Writes block by block: figures and tables are counted through the page, and what players need is kept."""

    def __init__(self, draw: Draw, play: Play) -> None:
        self._draw, self._play = draw, play
        self._last = {"Figure": 0, "Table": 0}
        self.scripts: dict[str, None] = {}
        self.styles: dict[str, None] = {}

    def section(self, section: Section) -> str:
        """A heading and what stands below it."""
        name = _slug(section.title)
        body = "".join(map(self._block, section.blocks))
        return f'<section aria-labelledby="{name}"><h2 id="{name}">{escape(section.title)}</h2>\n{body}</section>\n'

    def _next(self, kind: str) -> str:
        self._last[kind] += 1
        return f"{kind} {self._last[kind]}"

    def _block(self, block: Block) -> str:
        match block:
            case Words():
                tone = "" if block.tone == "plain" else f' class="{escape(block.tone)}"'
                return f"<p{tone}>{escape(block.text)}</p>\n"
            case Points():
                return f"<ul>{''.join(f'<li>{escape(item)}</li>' for item in block.items)}</ul>\n"
            case Code():
                code = f'<pre tabindex="0"><code>{escape(block.text)}</code></pre>\n'
                title = escape(block.title)
                return f"<details><summary>{title}</summary>{code}</details>\n" if block.title else code
            case Table():
                return _table(block, self._next("Table"))
            case Figure():
                return self._figure(block.title, self._draw(block.drawing, block.title), block.caption)
            case Played():
                return self._played(block)

    def _figure(self, title: str, drawn: str, caption: str, more: str = "") -> str:
        number = self._next("Figure")
        return (f'<figure><div class="wide" role="region" tabindex="0" aria-label="{escape(f"{number}: {title}")}">'
                f"{drawn}</div><figcaption><b>{number}.</b> {escape(caption)}</figcaption>{more}</figure>\n"
                )  # fmt: skip

    def _played(self, block: Played) -> str:
        made = self._play(block.record, f"run{self._last['Figure'] + 1}")
        if isinstance(made, str):
            return f'<p class="warning">{escape(cannot(block, made))}</p>\n'
        self.scripts.update(dict.fromkeys(made.scripts))
        self.styles.update(dict.fromkeys(made.styles))
        player = (f'<details class="play"><summary>Play it: {escape(block.title)}</summary>'
                  f'<iframe sandbox="allow-scripts" loading="lazy" title="{escape(block.title)}" '
                  f"srcdoc='{_quoted(made.page)}'></iframe></details>")  # fmt: skip
        return self._figure(block.title, made.still, block.caption, player)


def cannot(block: Played, why: str) -> str:
    """What stands in the place of a run that cannot be shown."""
    return f"{block.title}: this run cannot be shown. {why[:1].upper()}{why[1:].rstrip('.')}."


def _quoted(text: str) -> str:
    """*text* as it stands between single quotes; double quotes, of which it is full, stay."""
    return escape(text, quote=False).replace("'", "&#x27;")


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
