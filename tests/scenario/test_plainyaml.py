"""YAML as plain data: what words mean, what is refused and where, and that what is written is read as the same."""

from __future__ import annotations

import time

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from society_sim.errors import ScenarioError
from society_sim.scenario import plainyaml
from society_sim.scenario.plainyaml import CONTROL, DEEPEST, LONGEST, MOST, read, scalar, write


@pytest.mark.parametrize(
    "word",
    [
        "no",
        "No",
        "yes",
        "on",
        "off",
        "y",
        "n",
        "012",
        "-012",
        "1:30",
        "0x1F",
        "0o14",
        "0b1",
        "1_000",
        "2026-01-31",
        "=",
        "<<",
        "1.2.3",
        "1e",
        "e3",
        ".",
        "+",
        "NaN",
        "inf",
        "+1-1",
        "1,000",
        "tRUE",
        "nULL",
        "012.5",
    ],
)
def test_words_that_yaml_1_1_would_turn_into_something_else_stay_text(word: str) -> None:
    assert read(f"a: {word}").value == {"a": word}


@pytest.mark.parametrize(
    ("word", "value"),
    [
        ("0", 0),
        ("-7", -7),
        ("+7", 7),
        ("0.5", 0.5),
        (".5", 0.5),
        ("5.", 5.0),
        ("1e3", 1000.0),
        ("-1.5E-3", -0.0015),
        ("true", True),
        ("FALSE", False),
        ("null", None),
        ("~", None),
        ("", None),
        ("9" * 18, int("9" * 18)),
    ],
)
def test_words_that_mean_something(word: str, value: object) -> None:
    known = read(f"a: {word}").value["a"]
    assert known == value
    assert type(known) is type(value)


@pytest.mark.parametrize("quoted", ["'3'", '"true"', "'null'", '"1e3"', "|\n  3", ">\n  no"])
def test_quotes_and_blocks_make_text(quoted: str) -> None:
    assert isinstance(read(f"a: {quoted}").value["a"], str)


REFUSED = {
    "a: &x 1": (1, 4, "anchors"),
    "a: *x": (1, 4, "anchors"),
    "a: [&x [1], *x]": (1, 5, "anchors"),
    "a: !!python/object/apply:os.system ['true']": (1, 4, "tags"),
    "a: !!binary aGk=": (1, 4, "tags"),
    "a: ! x": (1, 4, "tags"),
    "!!map {a: 1}": (1, 1, "tags"),
    "a: 1\nb: 2\n'a': 3": (3, 1, "'a' is there twice"),
    "a: {b: 1, b: 2}": (1, 11, "'b' is there twice"),
    "1: x\n'1': y": (2, 1, "'1' is there twice"),
    "? [a]\n: b": (1, 3, "a key is text"),
    "{[a]: b}": (1, 2, "a key is text"),
    "?\n: x": (1, 2, "a key is missing"),
    "a: 1\n---\nb: 2": (2, 1, "second document"),
    "": (1, 1, "nothing in it"),
    "# only words\n": (1, 1, "nothing in it"),
    "a: 1234567890123456789": (1, 4, "18 digits"),
    "a: 1e999": (1, 4, "too large"),
    "a: .nan": (1, 4, "finite"),
    "a: -.inf": (1, 4, "finite"),
    "a:\n  é: ü: ä": (2, 7, "not YAML"),
    "a: [1,": (None, None, "not YAML"),
    "a: b: c": (1, 5, "not YAML"),
    "a:\n\t- b": (2, 1, "; indent with blanks, not with a tab"),
    "a:\n  b: {c: 1,\nd: 2": (None, None, "mapping that begins at 2:6, "),
    "x: y\na: é\x1b[31m": (2, 5, "U+001B"),
    "a: \x07": (1, 4, "U+0007"),
    "a: \x85": (1, 4, "U+0085"),
    "a: \u202ered": (1, 4, "U+202E"),
    'a: "\\x00"': (1, 4, "U+0000"),
    'a: "\\u2066"': (1, 4, "U+2066"),
    '"\\e": a': (1, 1, "U+001B"),
}


@pytest.mark.parametrize("parser", ["SafeLoader", "CSafeLoader"])
@pytest.mark.parametrize("text", REFUSED)
def test_refused_with_line_and_column(text: str, parser: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(plainyaml, "_Loader", getattr(yaml, parser, yaml.SafeLoader))
    line, column, words = REFUSED[text]
    with pytest.raises(ScenarioError) as caught:
        read(text, file="s.yaml")
    assert words in str(caught.value)
    if line is not None:  # where the end of a file is, the two parsers see differently
        assert str(caught.value).startswith(f"s.yaml:{line}:{column}: ")
        assert (caught.value.line, caught.value.column) == (line, column)


def test_places_of_keys_and_values() -> None:
    document = read("# é\nmodels:\n  m: {recorded: {answers: [a, b]}}\n")
    assert document.keys["models", "m"] == (3, 3)
    assert document.values["models", "m", "recorded", "answers", 1] == (3, 31)


BOMBS = {
    "deep list": "[" * 500,
    "deep mapping": "{a: " * 500,
    "deep block": "- " * (LONGEST // 2),
    "broad": "- a\n" * (MOST + 1),
    "broad keys": "".join(f"k{n}: 1\n" for n in range(MOST)),
    "long": "a" * (LONGEST + 1),
    "laughs": "a: &a [x,x]\n"
    + "".join(f"{chr(98 + n)}: &{chr(98 + n)} [*{chr(97 + n)},*{chr(97 + n)}]\n" for n in range(20)),
    "long number": "a: " + "1" * 900_000,
}


@pytest.mark.parametrize("name", BOMBS)
def test_bombs_are_refused_soon(name: str) -> None:
    begun = time.process_time()
    with pytest.raises(ScenarioError):
        read(BOMBS[name])
    assert time.process_time() - begun < 5  # about 0.3 s; the bound is for a busy machine


@pytest.mark.parametrize("text", ["0." + "1" * 900_000 + "x", "1" * 1_000_000 + "x", ".0" * 500_000, "a" * LONGEST])
def test_long_words_are_read_in_linear_time(text: str) -> None:
    begun = time.process_time()
    assert read(text).value == text
    assert time.process_time() - begun < 5


def test_the_limits_are_inclusive() -> None:
    assert read("[" * DEEPEST + "]" * DEEPEST).value
    assert len(read("- 1\n" * (MOST - 1)).value) == MOST - 1


words = st.text(
    st.characters(exclude_categories=["Cc", "Cs"], exclude_characters="\ufeff\ufffe\uffff")
    | st.sampled_from("\n\t:#-'\"{}[],&*!|>%@`"),
    max_size=20,
).filter(lambda word: not CONTROL.search(word))
plain = (
    st.none()
    | st.booleans()
    | st.integers(-(10**18) + 1, 10**18 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | words
    | st.from_regex(r"[-+.0-9eExo_:]{1,8}", fullmatch=True)
)
values = st.recursive(
    plain, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(words, inner, max_size=4), max_leaves=12
)


@given(values)
@settings(max_examples=150)
def test_what_is_written_is_read_as_the_same(value: object) -> None:
    again = read(write(value)).value
    assert repr(again) == repr(value)  # 1 and 1.0 and True are told apart


@given(st.text(max_size=40) | st.text("[]{}:,-?&*!|>'\"%#~ \n\tab1.0", max_size=60))
@settings(max_examples=250)
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        document = read(text)
    except ScenarioError:
        return
    assert repr(read(write(document.value)).value) == repr(document.value)


@given(st.text(max_size=12))
def test_a_word_is_read_or_refused(text: str) -> None:
    try:
        scalar(text)
    except ValueError:
        return
