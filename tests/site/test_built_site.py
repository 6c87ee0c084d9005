"""The site as it is built: without a warning, and without a word to the network when its pages are opened."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path
from shutil import which

import pytest

pytest.importorskip("material", reason="the site needs the extra `docs`")
ROOT = Path(__file__).resolve().parent.parent.parent
CHROMIUM = which("chromium") or which("chromium-browser") or which("google-chrome")
OPENED = ("index", "tutorial", "gallery", "gallery/five_rules", "migrating", "peers", "synthetic", "scenarios",
          "reference/commands", "reference/parts/index", "reference/parts/mechanism", "reference/python/index",
          "reference/python/societies", "reference/python/rules", "changelog")  # fmt: skip
HERE = ("file:", "data:", "blob:")
pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("site")
    paths = os.pathsep.join([str(ROOT), str(ROOT / "visualization")])
    done = subprocess.run(
        [sys.executable, "-m", "mkdocs", "build", "--strict", "-d", str(folder)], cwd=ROOT, text=True, check=False,
        capture_output=True, env={**os.environ, "PYTHONPATH": paths, "NO_MKDOCS_2_WARNING": "1"})  # fmt: skip
    assert done.returncode == 0 and "WARNING" not in done.stderr, done.stderr[-3000:]
    return folder


def test_no_page_loads_anything_from_elsewhere(site):
    fetched = re.compile(r"<(?:link|script|img|iframe|source|video)\b[^>]*\b(?:href|src|srcset)=[\"']?(?:https?:)?//")
    pages = sorted(site.rglob("*.html"))
    assert len(pages) > 100
    for page in pages:
        text = page.read_text(encoding="utf-8")
        assert not fetched.search(text), page
        assert "pythonhosted" not in text and "pypi." not in text, page
    for sheet in site.rglob("*.css"):
        assert not re.search(r"url\([\"']?(?:https?:)?//|@import", sheet.read_text(encoding="utf-8")), sheet


@pytest.mark.browser
@pytest.mark.skipif(CHROMIUM is None, reason="there is no Chromium")
def test_pages_open_from_the_disk_and_fit_their_window(site):
    from playwright.sync_api import sync_playwright

    with sync_playwright() as play:
        chromium = play.chromium.launch(executable_path=CHROMIUM, args=["--headless", "--no-sandbox", "--disable-gpu"])
        for width, scheme in ((1280, "light"), (390, "dark")):
            page = chromium.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme).new_page()
            wrong: list[str] = []
            page.on("request", lambda asked: None if asked.url.startswith(HERE) else wrong.append(asked.url))
            page.on("requestfailed", lambda asked: wrong.append(asked.url))
            page.on("console", lambda said: wrong.append(said.text) if said.type in ("error", "warning") else None)
            page.on("pageerror", lambda error: wrong.append(str(error)))
            for name in OPENED:
                page.goto(f"{(site / name).as_uri()}.html")
                page.wait_for_function("document.documentElement.classList.contains('js')")
                assert page.evaluate("document.documentElement.scrollWidth") <= width, (name, width)
            page.locator(".md-search__input" if width > 1000 else "label.md-header__button[for=__search]").first.click()
            page.keyboard.type("double auction")
            page.wait_for_selector(".md-search-result__link[href*='gallery/double_auction']")
            assert not wrong, (width, wrong)
        chromium.close()
