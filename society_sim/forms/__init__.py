"""The shape of an answer: what to ask for at the end of a prompt, and how to read what comes back.

A form is a frozen value with two methods. `hint()` is the sentence that closes the prompt. `parse(text)` gives the
value, or raises `ValueError` when the text cannot be read: the member then abstains, and nothing is made up for it.
Parsing takes linear time and raises nothing else. What counts is the *last* line that begins with the tag, so a reply
may think aloud first; a line that quotes somebody (`> ANSWER: C`, or `she said "ANSWER: C"`) does not begin with it.

>>> Choice(("A", "B")).parse("Both are close.\\nANSWER: B")
'B'
"""

from __future__ import annotations

from society_sim.forms.ballots import Approval, Ranking, Scores
from society_sim.forms.composed import Confident, Fields, Stated
from society_sim.forms.plain import Choice, Form, Number, Text
from society_sim.forms.reading import tagged

__all__ = [
    "Approval", "Choice", "Confident", "Fields", "Form", "Number", "Ranking", "Scores", "Stated", "Text", "tagged",
]  # fmt: skip
