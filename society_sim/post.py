"""The post: words go along ties to those who may hear them, at once or after a while, unless they are lost."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any, TypeAlias

import simpy
from simpy.events import Event, Timeout

from society_sim import streams
from society_sim.attending import Attention
from society_sim.entries import lost_entry, message_entry, message_lines, refused_entry
from society_sim.errors import SocietyError
from society_sim.member import Member
from society_sim.presence import Presence
from society_sim.promises import Late, Scope
from society_sim.recorder import Recorder
from society_sim.traces import Traces

Channel: TypeAlias = "Callable[[tuple[float, ...]], float | None]"


class Post:
    """What carries words from one member to others, and has an entry for each that comes or does not."""

    def __init__(
        self, env: simpy.Environment, seed: int, members: Sequence[Member], presence: Presence[Member],
        recorder: Recorder, traces: Traces,
    ) -> None:  # fmt: skip
        self._env, self._seed, self._members = env, seed, members
        self._presence, self._recorder, self._traces = presence, recorder, traces
        self.channel: Channel | None = None
        self.attention = Attention()
        self.room: int | None = None
        """How many things a member keeps of what is said to it; all of them, if `None`."""

    def send(
        self, sender: int, said: str | Late, seats: Sequence[int], allowed: Mapping[int, Any], scope: Scope
    ) -> dict[int, float]:
        """Deliver what is *said* to those of *seats* to whom it is *allowed*; an entry for each, heard or not.

        Gives who will hear it: seat -> after how much simulated time.
        """
        free = self.channel is None and self.attention.inbox is None and not self._presence.left
        if free and allowed.keys() >= set(seats):  # nothing can keep any of them from hearing it now
            return self._spread(sender, seats, said, scope.id)
        coming: dict[int, float] = {}
        for seat in seats:
            if seat not in allowed:
                self._recorder.put(refused_entry(self._now, sender, seat, self._why(sender, seat)))
                continue
            took = 0.0 if self.channel is None else self._transit(self.channel, scope, sender, seat)
            if took is None:
                self._tell(partial(lost_entry, sender, seat, "on its way"), said)
            elif took:
                coming[seat] = took
                Timeout(self._env, took).callbacks.append(partial(self._arrive, sender, seat, said, scope.id))
            elif self._deliver(sender, seat, said, scope.id):
                coming[seat] = took
        return coming

    @property
    def _now(self) -> float:
        return float(self._env.now)

    def _why(self, sender: int, seat: int) -> str:
        """Why *sender* may not speak to *seat*."""
        if seat not in range(len(self._members)):
            return "no such member"
        return "no tie" if self._presence.left.isdisjoint((sender, seat)) else "left"

    def _spread(self, sender: int, seats: Sequence[int], said: str | Late, about: str) -> dict[int, float]:
        """Let all of *seats* hear at once what nothing keeps from them: many times cheaper than one by one."""
        recorder, members, now = self._recorder, self._members, self._env.now
        if seats and isinstance(said, Late) and not recorder.held and not said.missing():
            said = said.text if said.text is not None else said
        told, room = (sender, said, about), self.room
        for seat in seats:
            members[seat].remember(told, room)
        self._traces.spoke(sender, seats, now)
        if isinstance(said, str):
            recorder.put_lines(message_lines(sender, seats, now, said))
        elif seats:
            recorder.put_late(now, said, partial(message_lines, sender, seats))
        return dict.fromkeys(seats, 0.0)

    def _transit(self, channel: Channel, scope: Scope, sender: int, seat: int) -> float | None:
        """How long a message takes; `None`: it is lost. Luck is named by the pair, and by how often it has spoken."""
        turn = scope.sent[sender, seat] = scope.sent.get((sender, seat), 0) + 1
        took = channel(streams.uniforms(self._seed, "channel", scope.id, sender, seat, turn))
        if took is not None and not 0 <= took < float("inf"):
            raise SocietyError(f"the channel gave {took!r}: a message takes a time >= 0, or is lost (None)")
        return took

    def _arrive(self, sender: int, seat: int, said: str | Late, about: str, _: Event) -> None:
        self._deliver(sender, seat, said, about)

    def _deliver(self, sender: int, seat: int, said: str | Late, about: str) -> bool:
        """Let *seat* hear; whether it did, for its inbox may be full."""
        if seat in self._presence.left:  # while the message was on its way
            self._tell(partial(lost_entry, sender, seat, "left"), said)
            return False
        lost = self._members[seat].hear(sender, said, about)
        refused = lost is not None and lost[1] is said
        if not refused:
            self._traces.spoke(sender, (seat,), self._env.now)
            self._tell(partial(message_entry, sender, seat), said)
        if lost is not None:
            self._tell(partial(lost_entry, lost[0], seat, "inbox full"), lost[1])
        return not refused

    def _tell(self, entry: Callable[[float, Any], dict[str, Any]], said: str | Late) -> None:
        if isinstance(said, str):
            self._recorder.put(entry(self._now, said))
        else:
            self._recorder.put_late(self._now, said, entry)
