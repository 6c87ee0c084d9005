"""Types: what fits, what does not, and how that is said."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any, Literal, Optional, Union

import pytest

from society_sim.errors import ScenarioError
from society_sim.scenario.conform import conform, words
from society_sim.scenario.places import Given

HERE = Path(__file__)


@pytest.mark.parametrize(
    ("wanted", "value", "known"),
    [
        (int, 3, 3),
        (int, -(10**18) + 1, -(10**18) + 1),
        (float, 3, 3.0),
        (float, 0.5, 0.5),
        (bool, True, True),
        (str, "no", "no"),
        (str, "zwei\nZeilen\t", "zwei\nZeilen\t"),
        (Path, str(HERE), HERE),
        (Path, HERE, HERE),
        (Path | None, None, None),
        (Optional[int], 3, 3),  # noqa: UP045 - parts may say it so
        (Union[int, str], "a", "a"),  # noqa: UP007 - likewise
        (int | float, 3, 3),
        (float | int, 3, 3),
        (int | float, 0.5, 0.5),
        (int | bool, True, True),
        (str | Path, str(HERE), str(HERE)),
        (None, None, None),
        (Literal["a", 3, True], 3, 3),
        (Literal["a", 3, True], True, True),
        (list[int], [1, 2], [1, 2]),
        (list[int], (1, 2), [1, 2]),
        (list, [1, "a"], [1, "a"]),
        (Sequence[float], [1], [1.0]),
        (list[list[str]], [["a"], []], [["a"], []]),
        (tuple[int, str], [1, "a"], (1, "a")),
        (tuple[int, ...], [1], (1,)),
        (tuple[int, ...], [], ()),
        (tuple, [1, "a"], (1, "a")),
        (dict[str, float], {"a": 1}, {"a": 1.0}),
        (Mapping[str, Any], {"a": [None, {"b": 1}]}, {"a": [None, {"b": 1}]}),
        (dict, {"a": 1}, {"a": 1}),
        (dict[int, str], {"3": "a", 4: "b"}, {3: "a", 4: "b"}),
        (Any, {"a": (1, 2)}, {"a": [1, 2]}),
        (object, 1, 1),
        (Annotated[int, "of anything"], 3, 3),
    ],
)
def test_fits(wanted: Any, value: Any, known: Any) -> None:
    found = conform(value, wanted, Given(), "x")
    assert found == known
    assert type(found) is type(known)


@pytest.mark.parametrize(
    ("wanted", "value", "told"),
    [
        (int, True, "x is a whole number, not true"),
        (int, "3", "x is a whole number, not the text '3'"),
        (int, 3.0, "x is a whole number, not the number 3.0; write 3"),
        (int, None, "x is a whole number, not nothing"),
        (int, 10**18, "x: a whole number has at most 18 digits"),
        (Any, -(10**18), "x: a whole number has at most 18 digits"),
        (float, True, "x is a number, not true"),
        (float, "0.5", "x is a number, not the text '0.5'"),
        (float, float("nan"), "x is a finite number, not nan"),
        (float, 10**400, "x: the number is too large"),
        (bool, 1, "x is true or false, not the number 1"),
        (bool, "no", "x is true or false, not the text 'no'; write false"),
        (str, 3, "x is text, not the number 3; put it in quotes if it is text"),
        (str, None, "x is text, not nothing"),
        (str, "a\x1b[2J", "x: the character U+001B is not text"),
        (str, "\ud800", "x: the character U+D800 is not text"),
        (Path, 3, "x is a file's path, not the number 3"),
        (Path, "", "x is a file's path, not the text ''"),
        (Path, "/no/such/file", "there is no file /no/such/file"),
        (Path, "/", "/ is not a file"),
        (Path, "/dev/null", "/dev/null is not a file"),
        (Path, "a\0b", "x: the character U+0000 is not text"),
        (Literal["open", "secret"], "opne", "x is 'open' or 'secret', not the text 'opne'; did you mean 'open'?"),
        (Literal[1, 2], True, "x is the number 1 or the number 2, not true"),
        (int | None, "a", "x is a whole number, not the text 'a'"),
        (int | str, [], "x is a whole number or text, not a list"),
        (list[str], "abc", "x is a list of text, not the text 'abc'"),
        (list[int], [1, "b"], "x[1] is a whole number, not the text 'b'"),
        (tuple[int, str], [1], "x is a list of 2, not of 1"),
        (dict[str, int], [1], "x is a mapping of text to a whole number, not a list"),
        (dict[str, int], {"a": "b"}, "x['a'] is a whole number, not the text 'b'"),
        (dict[int, int], {"a": 1}, "a key of x is a whole number, not the text 'a'"),
        (dict[str, Any], {3: 1}, "a key of x is text, not the number 3; put it in quotes if it is text"),
        (Any, {"a": object()}, "x is text, not a value of type object"),
        (Any, float("inf"), "x is a finite number, not inf"),
        (Given, 3, "x is Given, which a scenario cannot give"),
    ],
)
def test_does_not_fit(wanted: Any, value: Any, told: str) -> None:
    with pytest.raises(ScenarioError) as caught:
        conform(value, wanted, Given(), "x")
    assert str(caught.value) == told


def test_a_value_within_itself_is_refused() -> None:
    endless: list[Any] = []
    endless.append(endless)
    with pytest.raises(ScenarioError, match="64 levels"):
        conform(endless, Any, Given(), "x")


def test_words_for_types() -> None:
    assert words(dict[str, list[float]] | None) == "a mapping of text to a list of numbers, or null"
    assert words(tuple[int, ...]) == "a list of whole numbers"
    assert words(Given) == "Given"


def test_long_values_are_shortened() -> None:
    with pytest.raises(ScenarioError) as caught:
        conform("x" * 10_000, int, Given(), "x")
    assert len(str(caught.value)) < 200
