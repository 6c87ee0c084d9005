"""A policy: making the case for a side that was assigned, when a prompt says `You argue for: OPTION`."""

from __future__ import annotations

import re

from society_sim.backends.synthetic.arguments import worded
from society_sim.backends.synthetic.parameters import Settings
from society_sim.backends.synthetic.thinking import private
from society_sim.forms import Text
from society_sim.registry import policy
from society_sim.streams import uniforms
from society_sim.values import Query

_SIDE = re.compile(r"^You argue for: ([^\n]{1,700})$", re.MULTILINE)


@policy
def argues(query: Query, settings: Settings) -> str | None:
    """Argues for its own answer as strongly as it is founded, and for another one as weakly as its own is strong.

    Strength is that of the member's own case (`kappa` says how far it tells the truth), with the sign turned where the
    side is not its own answer. That the true side tends to win a debate is thus assumed, by `kappa`.
    """
    if "You argue for:" not in query.text or not isinstance(query.form, Text):
        return None
    found = _SIDE.search(query.text)
    if found is None:
        return None
    own = private(query, settings, query.item.options if query.item is not None else ())
    mine = " ".join(str(own.option).split()).casefold() == found.group(1).strip().casefold()
    case = worded(own.strength if mine else -own.strength, uniforms(query.seed, "words")[0])
    return case[: query.form.limit]
