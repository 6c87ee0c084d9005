"""What others wrote is made safe before it is shown anywhere."""

import unicodedata

from hypothesis import given, settings
from hypothesis import strategies as st
from society_viz.words import clean, spoken
from society_viz.writing import drawable, fitted, width, wrapped


@given(st.text(max_size=400))
@settings(max_examples=100)
def test_nothing_unreadable_is_left(text: str) -> None:
    shown = clean(text, 80)
    assert len(shown) <= 80
    assert all(unicodedata.category(letter)[0] != "C" for letter in shown)
    assert "\n" not in shown
    assert "  " not in shown


def test_terminal_escapes_bidi_and_endless_words_go() -> None:
    assert clean("\x1b]0;evil title\x07\x1b[2Jok\x9b31m") == "ok31m"
    assert clean("a\u202eb\u2066c\u200bd\ufeffe") == "abcde"
    assert clean("x" * 1000) == "x" * 39 + "…"
    assert clean("会" * 100) == "会" * 100  # a sentence, as most of the world writes them
    assert len(clean("会" * 1000, 90)) == 90
    assert clean("Z" + "\u0300" * 50) == "Z\u0300\u0300"
    assert len(clean("word " * 100_000, 200)) <= 200


@given(
    st.recursive(
        st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=20),
        lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
        max_leaves=20,
    )
)
@settings(max_examples=100)
def test_any_value_can_be_put_in_words(value: object) -> None:
    assert len(spoken(value, 60)) <= 60


def test_lines_fit_their_room() -> None:
    text = "A proposal that " + "goes on and " * 60 + "ends"
    lines = wrapped(text, 300, 10, 3)
    assert len(lines) == 3
    assert all(width(line, 10) <= 300 for line in lines)
    assert lines[-1].endswith("…")
    assert wrapped("short", 300, 10, 3) == ["short"]
    assert width(fitted("W" * 500, 100, 12), 12) <= 100
    assert fitted("W", 1, 12) == "…"


def test_letters_without_a_glyph_become_boxes() -> None:
    assert drawable("名 \U0001f9a5 é") == "▯ ▯ é"
