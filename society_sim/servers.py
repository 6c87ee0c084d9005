"""What bounds a line: slots, who is next, how long anybody waits, tokens a minute, hours and absences."""

from __future__ import annotations

import math
from dataclasses import dataclass, fields
from typing import Any, Literal, TypeAlias

from society_sim.errors import ScenarioError

Order: TypeAlias = Literal["fifo", "lifo", "priority", "preemptive", "shortest"]
Spread: TypeAlias = Literal["constant", "exponential"]


@dataclass(frozen=True, slots=True)
class Server:
    """What bounds a line; the page of `server` has the words. `None` is no bound."""

    slots: int | None = None
    queue: Order = "fifo"
    by: str = ""
    patience: float | None = None
    patience_is: Spread = "constant"
    deadline: float | None = None
    tokens_per_minute: float | None = None
    burst: float | None = None
    minute: float = 60.0
    hours: tuple[float, float] | None = None
    every: float = 24.0
    away: tuple[tuple[float, float], ...] = ()

    def __post_init__(self) -> None:
        for name in ("slots", "patience", "deadline", "tokens_per_minute", "burst", "minute", "every"):
            value = getattr(self, name)
            if value is not None and not 0 < value < math.inf:
                raise ScenarioError(f"capacity: {name} is {value:g}; it must be more than 0")
        if self.by and self.queue not in ("priority", "preemptive"):
            raise ScenarioError(f"capacity: by is {self.by!r}, but a queue that is {self.queue} does not look at it; "
                                "queue is priority or preemptive")  # fmt: skip
        if self.hours is not None and not 0 <= self.hours[0] < self.hours[1] <= self.every:
            raise ScenarioError(f"capacity: hours are [from, to] within 0 to every = {self.every:g}, not "
                                f"[{self.hours[0]:g}, {self.hours[1]:g}]")  # fmt: skip
        for begins, ends in self.away:
            if not 0 <= begins < ends < math.inf:
                raise ScenarioError(f"capacity: away is a list of [from, to] with 0 <= from < to, not "
                                    f"[{begins:g}, {ends:g}]")  # fmt: skip

    def opens(self, now: float) -> float:
        """The first time from *now* on at which the line is open.

        >>> Server(hours=(9, 17), away=((33, 35),)).opens(18)
        35.0
        """
        while True:
            time = now
            if self.hours is not None:
                begins, ends = self.hours
                day = math.floor(time / self.every) * self.every
                if time < day + begins:
                    time = day + begins
                elif time >= day + ends:
                    time = day + self.every + begins
            for begins, ends in self.away:
                if begins <= time < ends:
                    time = ends
            if time == now:
                return float(now)
            now = time

    @property
    def told(self) -> dict[str, Any]:
        """What of it is not as where nothing is said: what the record keeps."""
        said = {field.name: getattr(self, field.name) for field in fields(self) if field.name != "slots"}
        plain = {field.name: field.default for field in fields(self)}
        return {"slots": self.slots, **{name: value for name, value in said.items() if value != plain[name]}}
