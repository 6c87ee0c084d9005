"""What keeps a call back until the simulated clock has come to it, or learns from its prompt how long it is.

Most questions have no gate: the real call leaves when the question is put. One that may still be withdrawn (its asker
loses patience, a deadline passes) must not be paid for before its service begins.
"""

from __future__ import annotations

from society_sim.values import Query


class Gate:
    """Where the call of one question waits. The desk reads and changes it under its lock."""

    __slots__ = ("is_open", "query", "reason", "size")

    def __init__(self, *, is_open: bool) -> None:
        self.is_open = is_open
        self.query: Query | None = None
        """The call, rendered, as long as it is kept back."""
        self.reason = ""
        """Why it was withdrawn, if it was."""
        self.size: float | None = None
        """How many tokens its prompt and its answer are expected to take; known when the prompt has been rendered."""

    @property
    def refused(self) -> bool:
        """Whether it was withdrawn before it was called. What has been called is paid for, whenever that was seen."""
        return bool(self.reason) and not self.is_open

    def rendered(self, query: Query) -> bool:
        """The prompt is there; whether it is to be dealt with now: called, or refused if it has been withdrawn."""
        self.size = tokens(query)
        if self.is_open or self.reason:
            return True
        self.query = query
        return False


def tokens(query: Query) -> float:
    """What a call counts for towards a limit of tokens a minute: a quarter of its characters, and the most it may say.

    That is how endpoints count a request before its answer is there.
    """
    return (len(query.system) + len(query.text)) / 4 + query.max_tokens
