"""Docstrings as Markdown: their prose is Markdown nearly, and what is not is put right here."""

from __future__ import annotations

import re

_RUN = re.compile(r"  # doctest: [+\w, ]+")
_CODE = re.compile(r"(`+[^`]+`+)")
_TAG = re.compile(r"<(?=[A-Za-z/!?])")


def markdown(docstring: str) -> str:
    """*docstring* as Markdown: examples become blocks of code, lists stand apart, and nothing in it is HTML.

    >>> markdown("Add <one>.\\n- a\\n\\n>>> 1 + 1\\n2").splitlines()
    ['Add &lt;one>.', '', '- a', '', '```pycon', '>>> 1 + 1', '2', '```']
    """
    shown: list[str] = []
    example = False
    for line in docstring.splitlines():
        if line.startswith(">>> ") and not example:
            shown += ["", "```pycon"] if shown and shown[-1] else ["```pycon"]
            example = True
        elif example and not line.strip():
            shown.append("```")
            example = False
        elif not example and line.startswith("- ") and shown and shown[-1] and not shown[-1].startswith(("- ", "  ")):
            shown.append("")
        shown.append(_RUN.sub("", line).replace("<BLANKLINE>", "") if example else _prose(line))
    return "\n".join([*shown, *(["```"] if example else [])]).strip("\n")


def cell(text: str) -> str:
    """*text* as it may stand in a cell of a table.

    >>> cell("a | b\\nc")
    'a \\\\| b c'
    """
    return _prose(" ".join(text.split())).replace("|", "\\|")


def fenced(code: str, kind: str) -> str:
    """*code* as a block of *kind*, within a fence longer than any that is in it.

    >>> fenced("a ```b```", "text")
    '````text\\na ```b```\\n````'
    """
    fence = "`" * max(3, 1 + max(map(len, re.findall("`+", code)), default=0))
    return f"{fence}{kind}\n{code}\n{fence}"


def _prose(line: str) -> str:
    parts = _CODE.split(line)
    parts[::2] = [_TAG.sub("&lt;", part) for part in parts[::2]]
    return "".join(parts)
