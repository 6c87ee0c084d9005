"""Mistakes that whoever writes a first mechanism or topology makes, and what they are told."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner

from society_sim.cli.commands import app

SCENARIO = """
name: mine
models: {crowd: {synthetic: {price: free}}}
population: {plain: {size: 4, model: crowd}}
topology: flat
task: {multiple_choice: {rounds: 1, options: 4}}
mechanism: erring
"""
HEAD = "from society_sim import Confident, Outcome, mechanism, plurality, topology\n"
MECHANISM = HEAD + """@mechanism
def erring(society, question):
    '''Mine.'''
    {}
    yield society.env.timeout(1)
"""


def said(code: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, *words: str) -> str:
    monkeypatch.chdir(tmp_path)
    Path("mine.yaml").write_text(SCENARIO)
    Path("mine.py").write_text(code)
    result = CliRunner().invoke(app, ["run", "mine.yaml", "--quiet", *words])
    assert result.exit_code in (1, 2)
    return result.stderr


@pytest.mark.parametrize(("line", "words"), [
    ("votes = yield society.ask_all('a', question.form)",
     "mine.py:5: ask_all is waited for with `yield from`, not with `yield`\n"),
    ("votes = yield from society.gather(one(society, question))",
     "mine.py:10: ask is waited for with `yield from`, not with `yield`\n"),
    ("society.env.process(one(society, question))",
     "mine.py:10: ask is waited for with `yield from`, not with `yield`\n"),
    ("votes = yield 3", "mine.py:5: only events of the clock can be yielded, not 3\n"),
    ("votes = society.ask_all('a', question.form).values()",
     "'generator' object has no attribute 'values'; what a society does is waited for with `yield from` (mine.py:5)"),
    ("votes = yield from society.ask_all('a', question.form, of=[4])", "no seat 4: seats are 0 to 3 (mine.py:5)"),
    ("votes = yield from society.ask_all('a', question.form, of=[-1])", "no seat -1: seats are 0 to 3 (mine.py:5)"),
    ("return Outcome('A', [1, 2])", "gave votes that are a list: an Outcome has them by members, as a mapping"),
    ("return Outcome('A', None, 'five')", "gave facts that are a str: an Outcome has them by names, as a mapping"),
    ("return Outcome('E')", "mechanism 'erring' decided 'E', which is none of the options of question"),
    ("votes = yield from society.ask_all('a', Confident(question.form)); return Outcome(plurality(votes.values()))",
     "): vote with its `.value`\n"),
    ("return Outcome('A', None, {'f': {'g': [1, object()]}})",
     "entry 'outcome' cannot be recorded: f.g.1 is object, and a record holds plain values\n"),
    ("society.log('seen', who=[object])",
     "entry 'seen' cannot be recorded: who.0 is type, and a record holds plain values (mine.py:5)\n"),
    ("society.log('seen', who=society.members[1])",
     "who is Member, and a record holds plain values; a member's seat is its `id`"),
    ("society.log('answer', member=1)",
     "entries of the kind 'answer' are the society's own; log it under another name (mine.py:5)"),
    ("society.members[0].neighbors", "'Member' object has no attribute 'neighbors'; a Member has: ask, "),
    ("society.members[0].trait",
     "'Member' object has no attribute 'trait'; did you mean 'traits'? a Member has: ask, "),
    ("society.presents",
     "'Society' object has no attribute 'presents'; did you mean 'present'? a Society has: accounts, "),
    ("question.choices", "; a Question has: facts, form, id, item, options, text (mine.py:5)\n"),
    ("yield from society.ask_all(lambda me: me.seat, question.form)",
     "prompt function erring.<locals>.<lambda> failed: AttributeError: 'View' object has no attribute 'seat'; "),
    ("votes = society.ask_all('a', question.form); votes[0]",
     "'generator' object is not subscriptable; what a society does is waited for with `yield from` (mine.py:5)"),
    ("society.graph.add_edge(0, 2)", "ties change by `society.apply(Link(...), Unlink(...))` alone (mine.py:5)"),
    ("yield from society.ask_all('a', 'A')", "'A' is no form; a form is, for example, Choice(['yes', 'no'])"),
    ("yield from society.ask_all('a', question.form, of=['Ann'])",
     "a member, or the number of its seat, is asked, not 'Ann' (mine.py:5)"),
    ("[].seat", "AttributeError: 'list' object has no attribute 'seat' (mine.py:5)\n"),
])  # fmt: skip
def test_a_mistake_in_a_mechanism_is_told_in_its_own_words(line, words, monkeypatch, tmp_path):
    one = "\n\ndef one(society, question):\n    yield society.ask(society.members[0], 'a', question.form)\n"
    assert words in said(MECHANISM.format(line) + one, monkeypatch, tmp_path)


@pytest.mark.parametrize(("gives", "words"), [
    ("None", "topology 'bare_graph' must return a graph of NetworkX; it gave NoneType (mine.py:9)"),
    ("nx.empty_graph(size - 1)",
     "topology 'bare_graph' gave a graph of 3 nodes for 4 members: its nodes must be 0 to 3 (mine.py"),
    ("nx.relabel_nodes(nx.empty_graph(size), str)", "its nodes must be 0 to 3 (mine.py:9)"),
])  # fmt: skip
def test_what_is_no_graph_of_the_members_is_told_with_the_topology_that_gave_it(gives, words, monkeypatch, tmp_path):
    mine = MECHANISM.format("return Outcome('A')")
    code = f"{mine}import networkx as nx\n\n@topology\ndef bare_graph(size, rng):\n    '''B.'''\n    return {gives}\n"
    assert words in said(code, monkeypatch, tmp_path, "--set", "topology=bare_graph")


def test_two_parts_of_one_name_in_one_file(monkeypatch, tmp_path):
    mine = MECHANISM.format("return Outcome('A')")
    told = said(mine + mine.removeprefix(HEAD), monkeypatch, tmp_path)
    assert "two parts mechanism 'erring': in mine.py:2 and in mine.py:7; give one of them another name" in told


def test_a_part_whose_file_is_carried_out_again_is_the_same_part(tmp_path):
    from society_sim.registry import mechanism

    file = tmp_path / "again.py"
    for above in ("", "# a line above it\n"):
        file.write_text(f"{above}@mechanism\ndef comes_again(society, question):\n    '''Again.'''\n    yield\n")
        exec(compile(file.read_text(), str(file), "exec"), {"mechanism": mechanism, "__name__": "again"})
    assert mechanism.get("comes_again").place == f"{file}:2"
    del mechanism._parts["comes_again"]


def test_a_new_part_does_not_hide_a_module(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    result = CliRunner().invoke(app, ["new", "numpy"])
    assert (result.exit_code, list(tmp_path.iterdir())) == (2, [])
    assert "Python has a module 'numpy', which numpy.py would hide" in result.stderr


def test_a_measure_that_gives_no_number_is_told_with_its_place(monkeypatch, tmp_path):
    code = MECHANISM.format("return Outcome('A')") + "\n\n@measure\ndef tallest(record):\n    '''T.'''\n    {}\n"
    code = code.replace("import Confident,", "import Confident, measure,")
    for gives, kind in (("pass", "NoneType"), ("return 'many'", "str")):
        told = said(code.format(gives), monkeypatch, tmp_path, "--set", "measures=[tallest]")
        assert f"measure 'tallest' must return a number; it gave {kind}" in told


def test_a_function_without_its_decorator_is_missed_without_a_wall_of_names(monkeypatch, tmp_path):
    code = MECHANISM.format("return Outcome('A')") + "\n\ndef unmarked_xyz(society, question):\n    yield\n"
    told = said(code, monkeypatch, tmp_path, "--set", "mechanism=unmarked_xyz")
    assert "no mechanism 'unmarked_xyz'; `society-sim list mechanism` shows those that there are; " in told
    assert "with `@mechanism` in the file beside the scenario" in told and len(told) < 250
