"""Free words, made as long as the answers are that they stand for."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from society_sim import forms

_FILLER = "as far as it can be seen from here and from what is known of it so far "


def stretched(text: str, form: Any, characters: int) -> str:
    """*text*, an answer to *form*, with its free words made as long as a reply of so many *characters* has room for.

    What would be thought aloud before is left out then, so that these words have all the room.

    >>> form = forms.Fields({"vote": forms.Choice(("aye",)), "why": forms.Text(40)})
    >>> stretched("Well.\\nVOTE: aye\\nWHY: It is cheap.", form, 90)
    'VOTE: aye\\nWHY: It is cheap. as far as it can be seen fr'
    """
    inner = form.form if isinstance(form, forms.Confident) else form
    words: Mapping[str, Any] = inner.fields if isinstance(inner, forms.Fields) else {"": inner}
    room = {name: one.limit for name, one in words.items() if isinstance(one, forms.Text)}
    if not room:
        return text
    lines = text.split("\n")
    if "" not in words and not lines[0].startswith(tuple(f"{name.upper()}: " for name in words)):
        lines = lines[1:]
    missing = characters - sum(map(len, lines))
    if missing <= 0:
        return text
    for name, limit in room.items():
        tag = f"{name.upper()}: " if name else ""
        place = max((at for at, line in enumerate(lines) if line.startswith(tag)), default=None)
        if name == "" and inner is not form:
            place = 0
        if place is not None:
            more = min(missing // len(room), limit - len(lines[place]) + len(tag))
            if more > 1:
                lines[place] = f"{lines[place]} {(_FILLER * (more // len(_FILLER) + 1))[: more - 1].rstrip()}"
    return "\n".join(lines)
