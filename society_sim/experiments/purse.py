"""The budget of a whole experiment, handed out in shares to its runs: together they never pass it."""

from __future__ import annotations

from society_sim.experiments.carrying import Row, Task
from society_sim.ledger import whole


class Purse:
    """*usd* dollars for all runs together, of which *spent* micro-dollars (by task) are gone already.

    A run gets an equal share of what is free for it and those that wait; what it leaves over goes back.
    """

    def __init__(self, usd: float | None, spent: dict[int, int]) -> None:
        self._bounded = usd is not None
        self._spent = dict(spent)
        self._granted: dict[int, int] = {}
        self.free = 0 if usd is None else whole(usd) - sum(spent.values())

    def granted(self, task: Task, waiting: int) -> Task:
        """*task* with its share, when so many others still wait for theirs."""
        if not self._bounded:
            return task
        if task.number not in self._granted:  # else its worker died, and who knows what was spent of it
            share = max(0, self.free) // (waiting + 1)
            self.free -= share
            self._granted[task.number] = share
        share = self._granted[task.number]
        # a run needs some budget to be told that it is used up
        return task._replace(usd=max(1, self._spent.get(task.number, 0) + share) / 1e6, accounted=True)

    def settle(self, task: Task, row: Row) -> None:
        """Take back what the run of *task* left over."""
        if self._bounded:
            more = row.spent - self._spent.get(task.number, 0)
            self.free += self._granted.pop(task.number, 0) - more
            self._spent[task.number] = row.spent
