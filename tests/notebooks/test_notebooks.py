"""Every notebook runs from top to bottom, and what it shows is what it gives today."""

from __future__ import annotations

import importlib.util
import re
from pathlib import Path

import pytest

nbformat = pytest.importorskip("nbformat")
pytest.importorskip("nbclient")
ROOT = Path(__file__).resolve().parent.parent.parent
RECORDED = "04_market_and_vote"


def _script():
    spec = importlib.util.spec_from_file_location("execute", ROOT / "notebooks" / "execute.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


SCRIPT = _script()
NAMES = SCRIPT.names()
FIRST = NAMES[0]


def kept(name):
    return nbformat.read(ROOT / "notebooks" / f"{name}.ipynb", as_version=4)


def proven(name, **environment):
    now, then = SCRIPT.said(SCRIPT.executed(name, **environment)), SCRIPT.said(kept(name))
    for here, there in zip(now, then, strict=False):
        assert here == there, f"{name} gives something else; python notebooks/execute.py {name}"
    assert len(now) == len(then)


@pytest.mark.slow
def test_the_first_gives_what_it_shows():
    proven(FIRST)


@pytest.mark.slow
@pytest.mark.parametrize("name", [name for name in NAMES if name not in (FIRST, RECORDED)])
def test_it_gives_what_it_shows(name):
    proven(name)


@pytest.mark.slow
@pytest.mark.data
def test_on_recorded_answers_it_gives_what_it_shows(data):
    proven(RECORDED, SOCIETY_SIM_DATA=str(data))


@pytest.mark.slow
def test_without_recorded_answers_it_goes_on_with_the_stand_in_and_says_so():
    shown = "\n".join(SCRIPT.said(SCRIPT.executed(RECORDED, SOCIETY_SIM_DATA="")))
    assert "no recorded answers: the declared synthetic stand-in" in shown
    assert "stand-in of mmlu-pro-mid8" in shown


def test_there_are_eight_in_order():
    assert [int(name[:2]) for name in NAMES] == list(range(1, 9))


@pytest.mark.parametrize("name", NAMES)
def test_it_is_kept_with_small_outputs_and_says_nothing_of_a_machine(name):
    path, notebook = ROOT / "notebooks" / f"{name}.ipynb", kept(name)
    text = path.read_text()
    assert path.stat().st_size < SCRIPT.LONGEST
    assert not re.search(r"(^|[^\w.:])/(work|tmp|root|home|Users)/|0x[0-9a-f]{8,}|<script", text)
    outputs = [one for cell in notebook.cells for one in cell.get("outputs", [])]
    assert outputs
    assert not [one for one in outputs if one.output_type == "error" or one.get("name") == "stderr"]
    assert {cell.cell_type for cell in notebook.cells} == {"markdown", "code"}
    numbers = [cell.execution_count for cell in notebook.cells if cell.cell_type == "code"]
    assert numbers == list(range(1, len(numbers) + 1)), "run it from top to bottom"


@pytest.mark.parametrize("name", NAMES)
def test_its_links_lead_somewhere(name):
    for cell in kept(name).cells:
        for target in re.findall(r"\]\(([^)]+)\)|`(docs/[\w.]+|[A-Z]+\.md)`", cell.source):
            link = next(filter(None, target))
            base = ROOT / "notebooks" if link.endswith(".ipynb") else ROOT
            assert (base / link).is_file(), link


def test_a_passing_bar_and_figures_are_no_part_of_what_is_compared():
    bar = nbformat.v4.new_output("display_data", {"text/html": "<progress>"}, metadata={"society_sim": "progress"})
    figure = nbformat.v4.new_output("display_data", {"image/png": "AAAA", "text/plain": "<Figure>"})
    line = nbformat.v4.new_output("stream", name="stdout", text="3")
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("1", outputs=[bar, figure, line])])
    assert SCRIPT.said(SCRIPT._plain(notebook)) == ["text/plain: 3"]
