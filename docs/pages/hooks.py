"""What MkDocs calls when the site is built: pages that are made, and links that must lead somewhere else there.

Pages in `docs/` are read on the site and in the repository alike; only a link that leaves `docs/` is put right here.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import Any

from mkdocs.structure.files import File

sys.path[:0] = [str(Path(__file__).resolve().parent), str(Path(__file__).resolve().parent.parent)]
import api
import commands
import gallery
import parts
import scenes

import notebooks
from society_sim.scenario import sources

ROOT = Path(__file__).resolve().parent.parent.parent
TAKEN = {"README.md": "index.md", "CONTRIBUTING.md": "contributing.md", "CHANGELOG.md": "changelog.md"}
"""Pages of the repository's root -> where they are on the site."""
CITED = "cite.md"
WIDE = ("index.md", "migrating.md")
"""Pages without a column of navigation beside them."""
_LINK = re.compile(r"(?<=\]\()(?![a-z]+:|#)([^)#\s]+)")


def on_config(config: Any) -> Any:
    """Put pages that are made into the navigation, where it names their folder."""
    made = {
        "reference/parts/": ["reference/parts/index.md", *({parts.title(kind): f"reference/parts/{kind.name}.md"}
                                                            for kind in parts.ALL.values())],
        "reference/python/": ["reference/python/index.md",
                              *({title: f"reference/python/{path}"} for path, title, _ in api.pages())],
        "notebooks/": [{title: path} for path, title, _ in notebooks.pages()],
        "gallery/": ["gallery.md", *({subject: [{name: f"gallery/{name}.md"} for name in names]}
                                     for subject, names in gallery.grouped(sources.known()).items())],
    }  # fmt: skip
    config.nav = _filled(config.nav, made)
    return config


def on_files(files: Any, config: Any) -> Any:
    """Add the pages that are made, and the pictures."""
    for path, text in _pages().items():
        files.append(File.generated(config, path, content=text))
    for name, file in scenes.pictures(list(sources.known())):
        files.append(File.generated(config, f"gallery/pictures/{name}.svg", abs_src_path=str(file)))
    return files


def on_page_markdown(markdown: str, page: Any, **_: Any) -> str:
    """Lead links to files of the repository's root to where those are on the site."""
    if page.file.src_uri in WIDE:
        page.meta["hide"] = ["navigation", "toc"]
    root = "../" * page.file.src_uri.count("/")
    return _LINK.sub(lambda link: _led(link[1], root, page.file.src_uri), markdown)


def on_post_build(config: Any) -> None:
    """Write the index of the search as a script too: what a page that is opened from the disk may load."""
    index = Path(config.site_dir) / "search" / "search_index.json"
    index.with_suffix(".js").write_text(f"var __index = {index.read_text(encoding='utf-8')}", encoding="utf-8")


def _led(target: str, root: str, page: str) -> str:
    at_root = target.removeprefix("../") if page not in TAKEN.values() else target
    if at_root == "notebooks/":
        return root + next(path for path, *_ in notebooks.pages())
    if at_root.startswith("notebooks/"):
        return root + at_root.replace(".ipynb", ".md")
    if at_root != target or page in TAKEN.values():
        if at_root in TAKEN:
            return root + TAKEN[at_root]
        if at_root == "CITATION.cff":
            return root + CITED
    return target.removeprefix("docs/") if page in TAKEN.values() else target


def _pages() -> dict[str, str]:
    used = parts.uses()
    made = {there: (ROOT / here).read_text(encoding="utf-8") for here, there in TAKEN.items()}
    made[CITED] = _cited()
    made["reference/commands.md"] = commands.page()
    made["reference/parts/index.md"] = parts.overview()
    made |= {f"reference/parts/{kind.name}.md": parts.page_of(kind, used) for kind in parts.ALL.values()}
    made["reference/python/index.md"] = api.overview(parts.ALL)
    made |= {f"reference/python/{path}": text for path, _, text in api.pages()}
    made |= {path: text for path, _, text in notebooks.pages()}
    by_subject = gallery.grouped(sources.known())
    made["gallery.md"] = scenes.overview(by_subject)
    made |= {f"gallery/{name}.md": scenes.page(name) for names in by_subject.values() for name in names}
    return made


def _cited() -> str:
    text = (ROOT / "CITATION.cff").read_text(encoding="utf-8").rstrip("\n")
    return f'# How to cite\n\nThe file `CITATION.cff` is read by reference managers.\n\n```yaml\n{text}\n```\n'


def _filled(nav: Any, made: dict[str, list[Any]]) -> Any:
    if isinstance(nav, list):
        filled = [made[one] if isinstance(one, str) and one in made else [_filled(one, made)] for one in nav]
        return [one for some in filled for one in some]
    if isinstance(nav, dict):
        return {title: _filled(one, made) for title, one in nav.items()}
    return made.get(nav, nav)
