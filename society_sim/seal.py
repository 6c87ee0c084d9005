"""The gold answer is sealed: it opens for the scorer and for a synthetic model's competence, and for nothing else.

Whoever opens it raises the audit event `society_sim.unseal`, so a test can list the openers (`sys.addaudithook`);
a static test holds that no other module imports `unseal`.
"""

from __future__ import annotations

import sys
from hashlib import sha256

_AUDIT = "society_sim.unseal"


class Sealed:
    """A value that neither prints nor compares nor leaks by accident.

    Its digest, salted with the item's id, may be known: it tells two items with other gold apart.
    """

    __slots__ = ("__value",)

    def __init__(self, value: str) -> None:
        self.__value = value

    def digest(self, salt: str) -> str:
        """A short hash of *salt* and the value."""
        return sha256(f"sealed\x00{salt}\x00{self.__value}".encode("utf-8", "replace")).hexdigest()[:16]

    def __repr__(self) -> str:
        return "Sealed(...)"

    def __reduce__(self) -> str:
        raise TypeError("a sealed value is not pickled")


def unseal(sealed: Sealed, purpose: str) -> str:
    """The value in *sealed*; *purpose* is `score` or `competence`, and is told to audit hooks."""
    sys.audit(_AUDIT, purpose)
    return sealed._Sealed__value  # type: ignore[attr-defined, no-any-return]
