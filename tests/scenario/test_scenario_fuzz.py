"""Whatever a scenario file holds, it is read or refused with a `ScenarioError`, soon."""

from __future__ import annotations

import copy
import random
import time
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from society_sim import Scenario
from society_sim.errors import ScenarioError
from society_sim.scenario.plainyaml import write
from society_sim.scenario.sections import SECTIONS

PARTS = [
    "test_model",
    "test_plain",
    "test_ring",
    "test_flat",
    "test_still",
    "test_slow",
    "test_riddles",
    "test_asked",
    "test_poll",
    "test_odd",
    "test_untold",
    "test_settled",
    "test_nothing",
    "constant",
    "lognormal",
]
PARAMETERS = [
    "looks",
    "quorum",
    "open_vote",
    "style",
    "weights",
    "pair",
    "names",
    "prices",
    "steps",
    "either",
    "whatever",
    "test_odd",
    "helper",
    "rounds",
    "questions",
    "kinds",
    "size",
    "model",
    "k",
    "rate",
    "every",
    "preset",
    "answers",
    "policies",
    "median",
    "sigma",
    "most",
    "share",
]
SECTION_NAMES = [*SECTIONS, "changes", "files", "governance"]

words = st.text(st.characters(exclude_categories=["C"]), max_size=8)
scalars = (
    st.none()
    | st.booleans()
    | st.integers(-5, 5)
    | st.floats(allow_nan=False)
    | st.sampled_from(
        ["", "open", "no", "a", "../x", "x.csv", "/etc/passwd", "~", "m", "[", "{a: 1}", "012", *PARTS[:6]]
    )
    | st.text(max_size=5)
)
data = st.recursive(
    scalars,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from([*PARAMETERS, "1", "a", "at", "set"]) | st.text(max_size=4), inner, max_size=3
        )
    ),
    max_leaves=8,
)
use = st.sampled_from(PARTS) | st.dictionaries(
    st.sampled_from(PARTS),
    st.dictionaries(st.sampled_from(PARAMETERS), data, max_size=3) | scalars,
    min_size=1,
    max_size=2,
)
addresses = st.builds(
    lambda section, rest: ".".join([section, *rest]),
    st.sampled_from(SECTION_NAMES),
    st.lists(st.sampled_from([*PARAMETERS, "m", *PARTS]) | st.text(max_size=3), max_size=3),
)
changes = st.lists(
    st.fixed_dictionaries({"at": scalars, "set": st.dictionaries(addresses, use | data, max_size=3)}), max_size=3
)
SOUND: dict[str, Any] = {
    "name": st.just("small"),
    "about": words,
    "models": st.dictionaries(st.sampled_from(["m", "n"]), st.just("test_model"), min_size=1),
    "population": st.sampled_from(["test_plain", {"test_plain": {"size": 2}}]),
    "topology": st.sampled_from(["test_flat", "test_ring"]),
    "rewiring": st.sampled_from([None, "test_still", {"test_slow": {"every": 2}}]),
    "task": st.just("test_riddles"),
    "mechanism": st.sampled_from(["test_poll", {"test_poll": {"looks": 2}}])
    | st.fixed_dictionaries(
        {
            "test_odd": st.fixed_dictionaries(
                {},
                optional={
                    "style": st.sampled_from(["open", 3]),
                    "weights": st.lists(st.floats(-9, 9)),
                    "names": st.lists(words),
                    "prices": st.dictionaries(words, st.integers(0, 9)),
                    "steps": st.just({"1": [True]}),
                    "whatever": data,
                },
            )
        }
    ),
    "pace": st.sampled_from([None, "constant", {"lognormal": {"sigma": 1}}]),
    "measures": st.sampled_from([[], ["test_settled"], [{"test_settled": {"share": True}}, "test_nothing"]]),
    "seeds": st.integers(1, 9),
    "changes": st.just([{"at": 2, "set": {"topology": "test_flat"}}]),
}
VALID: dict[str, Any] = {
    "name": "small",
    "models": {"m": "test_model"},
    "population": "test_plain",
    "topology": "test_flat",
    "task": "test_riddles",
    "mechanism": "test_poll",
}
NOISE = dict.fromkeys(SECTION_NAMES, use | data) | {"changes": changes}


@st.composite
def documents(draw: st.DrawFn) -> dict[str, Any]:
    """Sound in all sections but a few."""
    known = {name: draw(strategy) for name, strategy in SOUND.items() if name in VALID or draw(st.booleans())}
    for name in draw(st.lists(st.sampled_from(SECTION_NAMES), max_size=2)):
        known[name] = draw(NOISE[name])
    return known


def _read(file: Path, text: str, sets: list[str]) -> None:
    """Read it, and if it can be read, use all of it."""
    file.write_text(text, encoding="utf-8", errors="surrogatepass")
    begun = time.process_time()
    try:
        scenario = Scenario.read(file, sets)
        for section in scenario.sections:
            if SECTIONS[section].uses(scenario.sections[section]) and section not in (
                "name",
                "about",
                "seeds",
                "models",
                "measures",
            ):
                scenario.part(section)
        kept = file.with_name("kept.yaml")
        kept.write_text(scenario.dump())
        again = Scenario.read(kept)
        assert again == scenario
        assert again.digest == scenario.digest
        assert [scenario.at(moment) for moment in (0, 1, 1e9)] == [again.at(moment) for moment in (0, 1, 1e9)]
    except ScenarioError as error:
        assert str(error)
    assert time.process_time() - begun < 10  # milliseconds; the bound is for a busy machine


@pytest.mark.slow
@given(documents(), st.lists(st.tuples(addresses, use | data), max_size=2))
@settings(max_examples=250)
def test_structured_files(tmp_path: Path, document: dict[str, Any], sets: list[tuple[str, Any]]) -> None:
    said = [f"{address}={write(value)}" for address, value in sets]
    _read(tmp_path / "s.yaml", write(document), said)


@pytest.mark.slow
@given(documents())
@settings(max_examples=120)
def test_structured_values_in_python(document: dict[str, Any]) -> None:
    try:
        Scenario.of(**document)
    except ScenarioError as error:
        assert str(error)


@pytest.mark.slow
@given(st.randoms(use_true_random=False))
@settings(max_examples=250)
def test_torn_files(tmp_path: Path, luck: random.Random) -> None:
    """A sound file with a few bytes lost, doubled, or put in."""
    text = list(
        "about: Two riddles.\n" + write(VALID | {"mechanism": {"test_odd": {"weights": [1, 2], "prices": {"a": 1}}}})
    )
    for _ in range(luck.randint(1, 6)):
        place = luck.randrange(len(text))
        text[place : place + luck.randint(0, 3)] = luck.choice(
            [
                "",
                "{",
                "}",
                "[",
                "]",
                ": ",
                "- ",
                "\n",
                "\t",
                "'",
                '"',
                "&a",
                "*a",
                "!x",
                "#",
                "|",
                ">",
                "%",
                "@",
                "\x00",
                "\ufeff",
                "é",
                "\u2028",
                "9" * 30,
                "? ",
                "...",
                "---\n",
                "  ",
            ]
        )
    _read(tmp_path / "s.yaml", "".join(text), [])


@given(st.binary(max_size=200))
@settings(max_examples=100)
def test_any_bytes(tmp_path: Path, data: bytes) -> None:
    file = tmp_path / "s.yaml"
    file.write_bytes(data)
    with pytest.raises(ScenarioError):
        Scenario.read(file)


@given(st.text(max_size=60))
@settings(max_examples=100)
def test_any_words_said_on_the_command_line(said: str) -> None:
    scenario = Scenario.of(**copy.deepcopy(VALID))
    try:
        scenario._said(said)
    except ScenarioError as error:
        assert str(error)
