"""Links between the pages of the repository lead to files and headings that are there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PAGES = [*ROOT.glob("*.md"), *sorted((ROOT / "docs").glob("*.md"))]
CODE = re.compile(r"^(```|~~~).*?^\1|`[^`\n]*`", re.DOTALL | re.MULTILINE)
LINK = re.compile(r"\]\(([^)\s]+)\)")
HEADING = re.compile(r"^#{1,6} +(.+?) *$", re.MULTILINE)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_somewhere(page):
    for link in links(page.read_text(encoding="utf-8")):
        assert not broken(link, page), f"{page.name} links to {link}, {broken(link, page)}"


def test_a_broken_link_is_found(tmp_path):
    page = tmp_path / "page.md"
    page.write_text("# Head of it\n\n[a](page.md#head-of-it) [b](#nowhere) [c](gone.md) [d](page.md#head)\n"
                    "`[e](code.md)`\n\n```\n# not a heading\n[f](code.md)\n```\n[g](#not-a-heading)\n")  # fmt: skip
    found = links(page.read_text())
    assert found == ["page.md#head-of-it", "#nowhere", "gone.md", "page.md#head", "#not-a-heading"]
    assert [link for link in found if broken(link, page)] == ["#nowhere", "gone.md", "page.md#head", "#not-a-heading"]


def links(text: str) -> list[str]:
    return [link for link in LINK.findall(CODE.sub("", text)) if not re.match(r"[a-z]+:", link)]


def broken(link: str, page: Path) -> str:
    """What is wrong with *link* on *page*; nothing if it leads somewhere, in the repository and on the site alike."""
    path, _, anchor = link.partition("#")
    file = page.parent / path if path else page
    if not (file.is_file() or (path.endswith("/") and file.is_dir())):
        return "which is not there"
    if anchor and anchor not in anchors(file.read_text(encoding="utf-8")):
        return "a heading that is not there"
    return ""


def anchors(text: str) -> set[str]:
    """The anchors of the headings of a page that are the same for GitHub and for Python-Markdown."""
    found = set()
    for heading in HEADING.findall(re.sub(r"^(```|~~~).*?^\1", "", text, flags=re.DOTALL | re.MULTILINE)):
        plain = re.sub(r"[^\w\s-]", "", re.sub(r"\[([^]]*)\]\([^)]*\)", r"\1", heading)).strip().lower()
        if re.sub(r"\s", "-", plain) == re.sub(r"[-\s]+", "-", plain):
            found.add(re.sub(r"\s", "-", plain))
    return found
