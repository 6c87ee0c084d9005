"""What notebooks show of societies, runs and tables: small, harmless, and of the same shape whatever anybody wrote."""

from __future__ import annotations

import contextlib
import re
import threading
from collections import Counter
from pathlib import Path
from typing import Any

import networkx as nx
import payloads
import pytest
from lxml import html
from society_viz import VizError, explain

from society_sim import (
    Choice,
    Confident,
    Outcome,
    Profile,
    Scenario,
    ScenarioError,
    Society,
    Text,
    estimate,
    experiment,
    fork,
    measure,
    mechanism,
    replay,
    run,
)
from society_sim.display import rows, steps
from society_sim.readable import told
from society_sim.registry import KINDS, Part
from society_sim.rows import Rows
from society_sim.store import RecordKept

HARMLESS = "plain words"
SMALL = 40_000
TAGS = {"div", "strong", "table", "thead", "tbody", "tr", "th", "td", "br"}
ATTRIBUTES = {"style", "scope"}


def shape(fragment: str) -> Counter[tuple[str, ...]]:
    """Tags with their attributes and values; text is left out, and so is that short cells are not broken."""
    parsed = html.fragment_fromstring(fragment.replace(";white-space:nowrap", ""), "main")
    return Counter((one.tag, *map(str, one.attrib.items())) for one in parsed.iter())


def society_of(words: str) -> Society:
    profiles = [Profile(f"{words} {seat}", "model", persona=words, traits={words: words}) for seat in range(3)]
    return Society(nx.complete_graph(3), lambda query: words, profiles)


def everything(words: str) -> list[str]:
    """Each display, with *words* wherever somebody could have put some."""
    society = society_of(words)
    answers = society.run(society.ask_all("Shall we?", Text(2_000)))
    table = Rows([{words: words, "n": 1.0, "inner": {words: [words]}}])
    part = Part("mechanism", words, _documented(words))
    record = [{"t": 0.0, "kind": "header", "name": words, "seed": 1, "models": {words: f"synthetic {words}"}},
              {"t": 1.0, "kind": words}]  # fmt: skip
    scenario = Scenario.of(name="told", about=HARMLESS, source=HARMLESS, models={"m": "synthetic"}, topology="flat",
                           population={"plain": {"size": 3, "model": "m"}}, task="multiple_choice",
                           mechanism="plurality")  # fmt: skip
    with contextlib.suppress(ScenarioError):  # a scenario refuses characters that are no text
        scenario = scenario.set("about", words).set("source", words)
    return [one._repr_html_() for one in (
        society, society.members[0], answers, Outcome(words, answers, {words: words}), Outcome(None), table, part,
        RecordKept(record), scenario)] + [steps(words, [(words, [words, words])])]  # fmt: skip


def _documented(words):
    def function(society, question, *, times: int = 1):
        pass

    function.__doc__ = f"{words}\n\n{words}"
    return function


@pytest.mark.parametrize("at", range(0, len(payloads.MANY), 50))
def test_words_are_words_whatever_is_in_them(at):
    plain = [shape(one) for one in everything(HARMLESS)]
    assert {tag for one in plain for tag, *_ in one} <= TAGS | {"main"}
    for payload in payloads.MANY[at : at + 50]:
        assert [shape(one) for one in everything(payload)] == plain, payload


@pytest.mark.slow
def test_a_whole_run_in_html_is_small_and_asks_nobody(tmp_path: Path):
    base = Scenario.read("second_look", ["task.rounds=4"])
    result = run(base, seed=1, out=tmp_path)
    parted = fork(result.folder, at=3, sets=["mechanism.rounds=2"])
    found = experiment(Scenario.read("hierarchy_against_flat", ["task.rounds=5"]), out=tmp_path, seeds=1, workers=1)
    shown = [base, result, run(base, out=None), result.record, parted, replay(result.folder), found, found.comparisons,
             found.runs, result.outcomes, estimate(base, out=tmp_path), mechanism.get("second_look"),
             explain(result.folder, 3), *KINDS.values()]  # fmt: skip
    for one in shown:
        markup = one._repr_html_()
        assert len(markup) < SMALL, type(one)
        parsed = html.fragment_fromstring(markup, "main")
        assert {tag.tag for tag in parsed.iter()} <= TAGS | {"main"}
        assert {name for tag in parsed.iter() for name in tag.attrib} <= ATTRIBUTES
        styles = "".join(tag.attrib.get("style", "") for tag in parsed.iter())
        assert not [word for word in ("url(", "http", "#", "rgb") if word in styles], "no request, the page's colours"
        assert len(repr(one)) < 4_000
        assert "object at 0x" not in repr(one)
    assert "consequences of its preset" in result._repr_html_()
    assert "consequences of its preset" in found._repr_html_()
    assert "no arm" not in found._repr_html_()


def test_what_is_shown_is_what_is_there(tmp_path: Path):
    result = run(Scenario.read("second_look", ["task.rounds=7"]), seed=1, out=tmp_path)
    text = html.fragment_fromstring(result._repr_html_(), "main").text_content()
    assert f"asked\u00a0{result.asked}" in text
    assert result.digest[:12] in text
    assert "and 2 more" in text
    assert all(name in text for name in result.measures)


def test_an_open_answer_is_shown_as_on_its_way_and_nothing_waits():
    release = threading.Event()
    society = Society(nx.complete_graph(2), lambda query: str((query.member and release.wait(30)) or "ANSWER: yes"))
    seen = []

    def asking(society):
        answers = yield from society.ask_all("Shall we?", Choice(["yes", "no"]))
        seen.append((answers[0], repr(answers), answers._repr_html_()))
        release.set()
        return answers.values()

    assert society.run(asking(society)) == ["yes", None]
    [(first, text, markup)] = seen
    assert first == "yes"
    assert text == "<Answers 0: 'yes' and 1 more>"
    assert "on their way" in markup


def test_rows_are_a_list_that_keeps_its_look():
    table = Rows({"arm": "flat" if seat % 2 else "tree", "n": seat} for seat in range(25))
    assert table == list(table)
    assert isinstance(table[3:5], Rows)
    assert len(table.where(arm="flat", n=3)) == 1
    assert repr(table).splitlines()[-1] == "... 15 more rows"
    assert len(repr(table).splitlines()) == 12
    assert repr(Rows()) == "no rows"
    assert "no rows" in rows(Rows())


@pytest.mark.parametrize(("value", "words"), [
    (float("inf"), "∞"), (float("-inf"), "-∞"), (-0.0, "-0"), (10**30, f"{10**30:,}"), ("\x1b[31mred\u202e", "red"),
    ([1.5, None, [2]], "1.5, , [2]"), (False, "no"), ("x" * 500, "x" * 119 + "…"),
])  # fmt: skip
def test_values_are_told_bounded_and_harmless(value, words):
    assert told(value) == words


def test_what_led_to_an_answer_is_told_from_the_folder_alone(tmp_path: Path):
    @mechanism
    def confident_twice(society, question):
        """Ask, and ask again with what the neighbours say."""
        votes = yield from society.ask_all(question.text, Confident(question.form))
        votes = yield from society.ask_all(lambda me: f"{question.text} They say {me.view(votes)}.", question.form)
        return Outcome(votes.values()[0], votes)

    base = Scenario.read("second_look", ["task.rounds=2"]).set("mechanism", "confident_twice")
    result = run(base, seed=1, out=tmp_path)
    about = result.outcomes[0]["about"]
    whole = dict(explain(result.folder, "Member 0", about, 1).steps)
    assert list(whole) == ["Messages heard before", "Memory", "Prompt", "Answer", "Read as", "Effect"]
    assert any("They say" in line for line in whole["Prompt"])
    assert not any("They say" in line for line in dict(explain(result.folder, 0, about, 0).steps)["Prompt"])
    assert explain(result.folder, 0) == explain(result.folder, "Member 0", result.outcomes[1]["about"], 1)
    assert whole["Effect"] == (f"decided: {result.outcomes[0]['decision']}, as it answered",)
    for who, which, number, said in [
        ("Member0", "", -1, "no member 'Member0'; seats are 0 to 24, and names: did you mean 'Member"),
        (0, f"{about}x", -1, f"gave no answer about '{about}x'; did you mean '{about}'"),
        (0, about, 2, "gave 2 answers"), (0, about, -3, "there is no number -3"),
    ]:  # fmt: skip
        with pytest.raises(VizError, match=re.escape(said)):
            explain(result.folder, who, which, number)
    record = result.folder / "record.jsonl"
    lines = record.read_bytes().splitlines(keepends=True)
    record.write_bytes(b"".join([*lines[:60], b"nonsense\n", *lines[60:]]))
    with pytest.raises(VizError, match=r"record\.jsonl:61: not an entry"):
        explain(result.folder, 0)
    with pytest.raises(VizError, match="there is no run"):
        explain(tmp_path / "nowhere", 0)


def test_a_part_shows_its_kinds_as_they_are_written() -> None:
    def as_types(record: Any, *, many: int = 3, of: str | None = None, bare=1):  # type: ignore[no-untyped-def]
        """Mine."""

    as_types.__annotations__ = {"many": int, "of": str | None}  # as in a file without annotations as text
    shown = measure(as_types) and measure.get("as_types")._repr_html_()
    assert "class" not in shown and ">int<" in shown and ">str | None<" in shown and "_empty" not in shown
