"""The page: the same for every record, whatever the record says."""

import json
import re
from base64 import b64encode
from collections.abc import Callable
from hashlib import sha256
from html.parser import HTMLParser
from pathlib import Path

import payloads
import pytest
import samples
from society_viz import animate

Run = Callable[..., Path]


class Tags(HTMLParser):
    """All tags with their attributes, and the words between them that a browser would show or run."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, tuple[tuple[str, str | None], ...]]] = []
        self.blocks: dict[str, str] = {}
        self._open = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, tuple(attrs)))
        self._open = dict(attrs).get("id") or tag

    def handle_data(self, data: str) -> None:
        self.blocks[self._open] = self.blocks.get(self._open, "") + data

    def handle_endtag(self, tag: str) -> None:
        self._open = ""


def page(run: Run, tmp_path: Path, entries: list) -> str:
    return animate(run(entries), tmp_path / "a.html").read_text(encoding="utf-8")


def shape(tags: Tags) -> list:
    return tags.tags


def test_the_page_is_one_file_with_hashes_that_match(run: Run, tmp_path: Path) -> None:
    text = page(run, tmp_path, samples.panel())
    tags = Tags(text)
    policy = next(
        dict(attrs)["content"] for tag, attrs in tags.tags if ("http-equiv", "Content-Security-Policy") in attrs
    )
    assert policy is not None
    digests = {name: b64encode(sha256(tags.blocks[name].encode()).digest()).decode() for name in ("script", "style")}
    assert policy == (
        f"default-src 'none'; script-src 'sha256-{digests['script']}'; style-src 'sha256-{digests['style']}'; "
        "base-uri 'none'; form-action 'none'"
    )
    assert [tag for tag, _ in tags.tags].count("script") == 2
    assert not re.search(r"""(?:src|href|action)\s*=\s*["']?(?:https?:)?//""", text)
    assert "innerHTML" not in text
    assert not any(key.startswith("on") or key == "style" for _, attrs in tags.tags for key, _ in attrs)


def test_the_same_record_gives_the_same_page(run: Run, tmp_path: Path) -> None:
    assert page(run, tmp_path, samples.formation()) == page(run, tmp_path, samples.formation())


@pytest.mark.slow
def test_size_for_ten_thousand_events(run: Run, tmp_path: Path) -> None:
    for entries in (samples.panel(80, 60), samples.panel(600, 8)):
        assert len(page(run, tmp_path, entries).encode()) < 5_000_000 * len(entries) / 10_000


def test_nothing_that_was_written_becomes_a_tag_or_a_script(run: Run, tmp_path: Path) -> None:
    plain, made = (Tags(page(run, tmp_path, payloads.record(words))) for words in (["words"], payloads.SCRIPTS))
    assert made.tags == plain.tags
    assert made.blocks["script"] == plain.blocks["script"]
    data = made.blocks["film"]
    assert not set("<>&\u2028\u2029") & set(data)
    assert json.loads(data)["title"]


def test_lxml_reads_the_same_tags(run: Run, tmp_path: Path) -> None:
    lxml = pytest.importorskip("lxml.html")
    trees = [lxml.fromstring(page(run, tmp_path, payloads.record(words))) for words in (["words"], payloads.SCRIPTS)]
    plain, hostile = ([(node.tag, sorted(node.attrib.items())) for node in tree.iter()] for tree in trees)
    assert plain == hostile
