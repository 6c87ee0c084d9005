"""Randomness with a name: every draw is a pure function of (seed, names), so one more draw here disturbs none there.

Two doors to the same idea (Salmon et al. 2011, counter-based generators): `uniforms` and `lot` for the few numbers
that one answer needs, made of one hash (about a microsecond); `stream` for a part that wants a NumPy generator.
Names are strings and plain integers. The values of `uniforms`, `lot` and `normal` will never change; NumPy may change
what a generator gives from one release to the next: parts that draw with one (topologies, populations, tasks,
rewirings) may then draw otherwise, and a replay on another NumPy shows it as a difference.
"""

from __future__ import annotations

from hashlib import blake2b
from statistics import NormalDist
from struct import Struct
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np

T = TypeVar("T")
_EIGHT = Struct("<8Q")
_SCALE = 2.0**-52
normal = NormalDist().inv_cdf
"""The standard normal quantile: turns a uniform into a normal draw."""


def uniforms(seed: int, *names: str | int) -> tuple[float, ...]:
    """Eight independent uniforms in the open interval (0, 1), named by *seed* and *names*.

    >>> uniforms(7, "pace", 3) == uniforms(7, "pace", 3) != uniforms(7, "pace", 4)
    True
    """
    words = _EIGHT.unpack(blake2b(repr((seed, *names)).encode(), digest_size=64).digest())
    return tuple([((word >> 12) + 0.5) * _SCALE for word in words])


def lot(options: Sequence[T], seed: int, *names: str | int) -> T:
    """One of *options*, drawn fairly."""
    if not options:
        raise ValueError("a lot needs at least one option")
    return options[int(uniforms(seed, *names)[0] * len(options))]


def stream(seed: int, *names: str | int) -> np.random.Generator:
    """A NumPy generator (Philox, keyed by a hash of *seed* and *names*) for parts that draw many numbers.

    >>> stream(7, "topology").integers(10, size=3).shape
    (3,)
    """
    import numpy as np

    key = np.frombuffer(blake2b(repr((seed, *names)).encode(), digest_size=16).digest(), dtype=np.uint64)
    return np.random.Generator(np.random.Philox(key=key))


def seed_of(*names: str | int) -> int:
    """A seed of 63 bits made of *names*."""
    return int.from_bytes(blake2b(repr(names).encode(), digest_size=8).digest(), "little") >> 1
