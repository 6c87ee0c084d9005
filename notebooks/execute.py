"""Execute the notebooks and keep what they print: `python notebooks/execute.py [NAME ...]`, all if none is named.

Each runs in a passing folder of its own, so nothing is there from before. What depends on how quick the machine was, or
on where it stands, is left out, and the same code gives the same file again.
"""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from pathlib import Path
from typing import Any

import nbformat
from nbclient import NotebookClient

HERE = Path(__file__).resolve().parent
LONGEST = 150_000
"""Bytes that a notebook may have, outputs included."""


def names() -> list[str]:
    """The notebooks, in order."""
    return sorted(path.stem for path in HERE.glob("[0-9]*.ipynb"))


def executed(name: str, seconds: int = 600, **environment: str) -> Any:
    """The notebook *name* as it comes out when it is run from top to bottom; `CellExecutionError` if a cell fails.

    *environment* goes before that of this process.
    """
    notebook = nbformat.read(HERE / f"{name}.ipynb", as_version=4)
    root = str(HERE.parent)
    paths = os.pathsep.join(filter(None, [root, str(HERE.parent / "visualization"), os.environ.get("PYTHONPATH", "")]))
    with tempfile.TemporaryDirectory() as passing:
        shutil.copy(HERE / "matplotlibrc", passing)
        client = NotebookClient(notebook, timeout=seconds, kernel_name="python3", coalesce_streams=True,
                                record_timing=False, resources={"metadata": {"path": passing}})  # fmt: skip
        client.execute(env={**os.environ, "PYTHONPATH": paths, "MPLBACKEND": "", **environment})
    return _plain(notebook)


def _plain(notebook: Any) -> Any:
    notebook.metadata = {"kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
                         "language_info": {"name": "python"}}  # fmt: skip
    for number, cell in enumerate(notebook.cells):
        cell.id, cell.metadata = f"cell-{number:02d}", {}
        if cell.cell_type == "code":
            cell.outputs = [one for one in cell.outputs if one.get("metadata") != {"society_sim": "progress"}]
    return notebook


def said(notebook: Any) -> list[str]:
    """What its cells print and show, figures apart."""
    shown = []
    for cell in notebook.cells:
        for output in cell.get("outputs", []):
            data = output.get("data", {"text/plain": output.get("text", "")})
            if "image/png" not in data and "image/svg+xml" not in data:
                shown += [f"{kind}: {data[kind]}" for kind in ("text/html", "text/plain") if kind in data]
    return shown


def main(wanted: list[str]) -> None:
    """Execute those *wanted*, and write them."""
    for name in [Path(one).stem for one in wanted] or names():
        path = HERE / f"{name}.ipynb"
        nbformat.write(executed(name), path)
        sys.stdout.write(f"{path.name}: {path.stat().st_size:,} bytes\n")
        if path.stat().st_size > LONGEST:
            raise SystemExit(f"{path.name} has more than {LONGEST:,} bytes; make its outputs smaller")


if __name__ == "__main__":
    main(sys.argv[1:])
