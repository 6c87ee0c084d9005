"""What becomes of a run when calls fail: who gave no answer abstains, or the run stops and can be taken up again.

A policy is a function of how many calls have failed and how many have ended that says whether to stop. It is asked
after each call that failed for good, whatever its reason (`errors.FAILURES`); refusals, unreadable answers and empty
purses are no failures. What a run stopped for is asked once more when it is taken up again.
"""

from __future__ import annotations

from society_sim.bounds import Share
from society_sim.registry import on_failure

ENOUGH = 50
"""Calls after which a share says something."""


@on_failure
def abstain(failed: int, ended: int, *, up_to: Share = 0.5) -> bool:
    """Who gave no answer abstains, with the reason in the record; the run stops when more than *up_to* of all failed.

    *up_to* is a share from 0 to 1, looked at once 50 calls have ended; with 1 the run always goes on.

    >>> abstain(30, 50), abstain(30, 49), abstain(30, 50, up_to=1.0)
    (True, False, False)
    """
    return ended >= ENOUGH and failed > up_to * ended


@on_failure
def stop(failed: int, ended: int) -> bool:
    """The run stops at the first call that fails for good, and nothing of the failure is in the record.

    >>> stop(1, 1)
    True
    """
    return failed > 0
