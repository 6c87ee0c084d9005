"""A page as Markdown, with its figures as SVG files beside it: what a repository or a pull request can show."""

from __future__ import annotations

import re
from collections.abc import Mapping
from urllib.parse import quote

from society_sim.reporting.html import Draw, Play, cannot, unplayed
from society_sim.reporting.page import Block, Code, Figure, Page, Played, Points, Table, Words

_SPECIAL = re.compile(r"([\\`*_{}\[\]<>#|~$&!])")
_ADDRESS = re.compile(r":(?=//)|(?<=\bwww)\.", re.IGNORECASE)
"""What makes GitHub and others take an address for a link, though nobody said that it is one."""
_HEADS = re.compile(r"^(\s*)([-+=]|\d+[.)])", re.MULTILINE)


def markdown(page: Page, draw: Draw, folder: str, play: Play = unplayed) -> tuple[str, Mapping[str, str]]:
    """*page* as Markdown, and the files it shows or names: {name in *folder*: SVG, or a page that plays a run}.

    What anybody wrote stands in it as text: nothing becomes an image, a heading, HTML or (as GitHub reads it) a link.
    """
    there = quote(folder)
    parts = [f"# {plain(page.title)}", plain(page.line)]
    files: dict[str, str] = {}
    figures = tables = 0
    for section in page.sections:
        parts.append(f"## {plain(section.title)}")
        for block in section.blocks:
            if isinstance(block, Figure | Played):
                drawn = draw(block.drawing, block.title) if isinstance(block, Figure) else play(block.record, "run")
                if isinstance(block, Played) and isinstance(drawn, str):
                    parts.append(f"> {plain(cannot(block, drawn))}")
                    continue
                figures += 1
                name = f"figure-{figures}"
                files[f"{name}.svg"] = drawn if isinstance(drawn, str) else drawn.still
                parts += [f"![{plain(block.title)}]({there}/{name}.svg)",
                          f"**Figure {figures}.** {plain(block.caption)}"]  # fmt: skip
                if not isinstance(drawn, str):
                    files[f"{name}.html"] = drawn.page
                    parts.append(f"[Play it]({there}/{name}.html)")
            elif isinstance(block, Table):
                tables += 1
                parts += [f"**Table {tables}.** {plain(block.caption)}", _table(block)]
            else:
                parts.append(_block(block))
    return "\n\n".join(parts) + "\n", files


def plain(text: str) -> str:
    r"""*text* on one line, with all that Markdown would read as more than text escaped.

    >>> plain("<b>*bold*</b> [x](y)|"), plain("- one\n# two")
    ('\\<b\\>\\*bold\\*\\</b\\> \\[x\\](y)\\|', '\\- one \\# two')
    """
    escaped = _ADDRESS.sub(r"\\\g<0>", _SPECIAL.sub(r"\\\1", " ".join(text.split())))
    return _HEADS.sub(r"\1\\\2", escaped)


def _block(block: Block) -> str:
    match block:
        case Words():
            return f"> {plain(block.text)}" if block.tone == "warning" else plain(block.text)
        case Points():
            return "\n".join(f"- {plain(item)}" for item in block.items)
        case Code():
            fence = "`" * max(3, 1 + max((len(run) for run in re.findall("`+", block.text)), default=0))
            title = f"{plain(block.title)}:\n\n" if block.title else ""
            return f"{title}{fence}text\n{block.text.rstrip()}\n{fence}"
        case _:
            raise TypeError(f"no words for {type(block).__name__}")


def _table(table: Table) -> str:
    text = {*range(table.heads), *table.words}
    head = [plain(label) or " " for label in table.head]
    rule = ["---" if place in text else "---:" for place in range(len(head))]
    lines = [head, rule, *([plain(cell.told) for cell in row] for row in table.rows)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)
