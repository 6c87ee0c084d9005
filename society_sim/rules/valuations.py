"""What bundles of things are worth to a member, if one knows what each thing alone is worth to it.

>>> own = {"a": 10.0, "b": 6.0, "c": 4.0}
>>> worth(own, "additive"), worth(own, "complements", 0.5), worth(own, "substitutes", 0.5)
(20.0, 30.0, 15.0)
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from itertools import combinations
from typing import Any, Literal, TypeAlias

from society_sim.streams import uniforms

Together: TypeAlias = Literal["additive", "complements", "substitutes"]
AND = " + "
"""What stands between the things of a bundle in its name."""


def named(things: Sequence[str]) -> str:
    """The name of a bundle.

    >>> named(["desk", "chair"])
    'desk + chair'
    """
    return AND.join(things)


def bundles(things: Sequence[str]) -> dict[str, tuple[str, ...]]:
    """All bundles of *things* by name, the small ones first.

    >>> list(bundles(["a", "b", "c"]))
    ['a', 'b', 'c', 'a + b', 'a + c', 'b + c', 'a + b + c']
    """
    return {named(some): some for size in range(1, len(things) + 1) for some in combinations(things, size)}


def worth(values: Mapping[str, float], together: Together, much: float = 0.5, of: int | None = None) -> float:
    """What things with these *values* are worth together.

    `additive`: their sum. `complements`: up to *much* more than that, in proportion to how many they are beside the
    first, out of *of* things (that there are). `substitutes`: the part *much* of the dearest one, which does the work
    of all, and the rest of the sum: no thing adds more to a larger bundle than to a smaller one.
    """
    total, count = math.fsum(values.values()), len(values)
    if together == "complements":
        most = (count if of is None else of) - 1
        return total * (1 + much * (count - 1) / most) if most else total
    if together == "substitutes":
        return (1 - much) * total + much * max(values.values(), default=0.0)
    return total


def drawn(facts: Mapping[str, Any], seat: int, things: Sequence[str]) -> dict[str, float]:
    """What each bundle of *things* is worth to *seat*, as the task `bundles` has it.

    >>> drawn({"how": "given", "values": [{"a": 3, "a + b": 5}]}, 0, ["a", "b"])
    {'a': 3.0, 'b': 0.0, 'a + b': 5.0}
    """
    if facts["how"] == "given":
        own = facts["values"][seat]
        return {name: float(own.get(name, 0.0)) for name in bundles(things)}
    low, high = facts["range"]
    alone = {thing: low + (high - low) * uniforms(facts["seed"], "value", seat, thing)[0] for thing in things}
    return {name: worth({one: alone[one] for one in some}, facts["together"], facts["much"], len(things))
            for name, some in bundles(things).items()}  # fmt: skip
