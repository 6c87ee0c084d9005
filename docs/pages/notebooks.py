"""Notebooks as pages: what was executed is shown as it was saved, and nothing is executed here."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from markup import fenced

FOLDER = Path(__file__).resolve().parent.parent.parent / "notebooks"


def pages(folder: Path = FOLDER) -> Iterator[tuple[str, str, str]]:
    """Path, title and Markdown of the page of each notebook in *folder*; none if there is no such folder."""
    for file in sorted(folder.glob("*.ipynb")):
        cells = json.loads(file.read_text(encoding="utf-8"))["cells"]
        text = "\n\n".join(part for cell in cells for part in _cell(cell))
        title = next((line[2:] for line in text.splitlines() if line.startswith("# ")), file.stem)
        yield f"notebooks/{file.stem}.md", title, text.replace(".ipynb)", ".md)") + "\n"


def _cell(cell: Mapping[str, Any]) -> Iterator[str]:
    """The parts of one *cell*.

    >>> [*_cell({"cell_type": "code", "source": ["1 + 1"], "outputs": [{"data": {"text/plain": ["2"]}}]})]
    ['```python\\n1 + 1\\n```', '```text\\n2\\n```']
    """
    source = _text(cell["source"]).strip("\n")
    if cell["cell_type"] != "code":
        yield source
    elif source:
        yield fenced(source, "python")
        for output in cell["outputs"]:
            yield from _output(output)


def _output(output: Mapping[str, Any]) -> Iterator[str]:
    data = output.get("data", {})
    if picture := data.get("image/png"):
        yield f"![Output of the code above](data:image/png;base64,{''.join(_text(picture).split())})"
    elif drawn := data.get("image/svg+xml") or data.get("text/html"):
        yield f'<div class="output">\n{_raw(_text(drawn))}\n</div>'
    elif said := _text(output.get("text") or data.get("text/plain") or "").rstrip("\n"):
        yield fenced(said, "text")


def _raw(html: str) -> str:
    """*html* without blank lines: Markdown leaves it as it is."""
    return "\n".join(line for line in html.splitlines() if line.strip() and not line.startswith("<?xml"))


def _text(lines: str | list[str]) -> str:
    return lines if isinstance(lines, str) else "".join(lines)
