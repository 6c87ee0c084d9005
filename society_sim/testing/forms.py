"""The contract of forms."""

from __future__ import annotations

import time
from collections.abc import Sequence

from society_sim.forms import Form
from society_sim.testing.contract import ContractError, told_of


def check_form(form: Form, texts: Sequence[str] = ()) -> None:
    """Prove *form*: it reads what it asks for, raises nothing but `ValueError`, and takes linear time over bad text."""
    breaches = []
    for text in ("", "ANSWER:", "ANSWER: " * 50, "\x00", "9" * 5000, "ANSWER: nan", "> ANSWER: A", "{" * 3000, *texts):
        try:
            form.parse(text)
        except ValueError:
            continue
        except Exception as error:
            breaches.append(f"raises {told_of(error)} on {text[:40]!r}")
    began = time.perf_counter()
    for text in ("ANSWER " * 30_000, "*" * 200_000, "\n" * 200_000, "ANSWER:" + " " * 200_000 + "x"):
        try:
            form.parse(text)
        except ValueError:
            continue
    if time.perf_counter() - began > 2:
        breaches.append("takes long over 200 kB of bad text: its reading is not linear")
    if not form.hint().strip():
        breaches.append("asks for nothing: its hint is empty")
    if breaches:
        raise ContractError(type(form).__name__, breaches)
