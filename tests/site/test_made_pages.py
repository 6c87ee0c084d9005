"""The pages that the site makes: nothing that is registered, public, shipped or a command is left out."""

from __future__ import annotations

import doctest
import importlib
import inspect
import sys
from pathlib import Path

import pytest

import society_sim
from society_sim import Scenario
from society_sim.scenario import sources

DOCS = Path(__file__).resolve().parent.parent.parent / "docs"


@pytest.fixture(scope="module")
def made():
    """Gives a module that makes pages, by name."""
    paths = [str(DOCS / "pages"), str(DOCS)]
    sys.path[:0] = paths
    yield importlib.import_module
    for path in paths:
        sys.path.remove(path)


@pytest.mark.parametrize("module", ["markup", "notebooks"])
def test_their_examples_are_right(made, module):
    assert doctest.testmod(made(module), optionflags=doctest.ELLIPSIS).failed == 0


@pytest.mark.slow
def test_every_part_has_an_entry_with_its_parameters(made):
    parts = made("parts")
    for kind in parts.ALL.values():
        assert parts.about(kind), f"say in docs/pages/parts.py what a {kind.name} is for"
        shipped = parts.shipped(kind)
        text = parts.page_of(kind, {})
        assert text.count("{ #") == len(shipped) > 0
        for part in shipped:
            entry = "\n".join(parts.entry(part, {}))
            assert part.about.split("`")[0].replace("*", "") in entry.replace("*", "")
            assert parts.declared(part) in entry and parts.declared(part).startswith("def ")
            assert all(f"| `{name}` | " in entry for name in part.parameters)


def test_an_entry_says_which_scenarios_use_the_part(made):
    used = made("parts").uses()
    assert "five_rules" in used["mechanism", "vote"]  # as it stands there
    assert "judge_and_jury" in used["mechanism", "judged_debate"]  # in one of the arms only
    assert "double_auction" in used["policy", "zi_c"]  # said to another part
    assert {name for names in used.values() for name in names} == set(sources.known())


def test_every_public_name_has_a_place(made):
    api = made("api")
    named = {path.rpartition(".")[2] for paths in api.public().values() for path in paths}
    decorators = {name for name, module in society_sim._HOME.items() if module == "registry"}
    assert "More" not in api.public(), "give these a subject in docs/pages/api.py"
    assert named | decorators == set(society_sim.__all__)
    for path in (path for paths in api.public().values() for path in paths):
        module, _, name = path.rpartition(".")
        assert inspect.getdoc(getattr(importlib.import_module(module), name)), f"{path} has no docstring"


def test_every_command_has_its_options(made):
    text = made("commands").page()
    for said in ("## run\n", "## tape prune\n", "| `--budget USD` |", "| `-q, --quiet` |"):
        assert said in text


def test_every_scenario_has_a_subject_and_a_page(made):
    gallery, scenes = made("gallery"), made("scenes")
    by_subject = gallery.grouped(sources.known())
    assert sorted(name for names in by_subject.values() for name in names) == list(sources.known())
    assert {name for names in gallery.SUBJECTS.values() for name in names} <= set(sources.known())
    assert "Others" not in by_subject, "give these a subject in docs/gallery.py"
    assert "(gallery/karate_club.md)" in scenes.overview(by_subject)
    page, scenario = scenes.page("karate_club"), Scenario.read("karate_club")
    for said in (scenario.about, scenario.source, 'title="karate_club.py"', "mechanism.md#opinion_rounds"):
        assert said.strip() in page


def test_a_notebook_is_shown_as_it_was_saved(made, tmp_path):
    (tmp_path / "01_one.ipynb").write_text(
        '{"cells": [{"cell_type": "markdown", "source": "# One\\n\\n[next](02_two.ipynb)"},'
        '{"cell_type": "code", "source": ["f()"], "outputs": [{"text": ["said\\n"]},'
        '{"data": {"image/png": "iVBO\\nRw0", "text/plain": "<Figure>"}},'
        '{"data": {"text/html": "<table>\\n\\n</table>", "text/plain": "Table"}}]}]}')  # fmt: skip
    assert list(made("notebooks").pages(tmp_path)) == [("notebooks/01_one.md", "One", (
        "# One\n\n[next](02_two.md)\n\n```python\nf()\n```\n\n```text\nsaid\n```\n\n"
        "![Output of the code above](data:image/png;base64,iVBORw0)\n\n"
        '<div class="output">\n<table>\n</table>\n</div>\n'))]  # fmt: skip
    assert not list(made("notebooks").pages(tmp_path / "none"))
