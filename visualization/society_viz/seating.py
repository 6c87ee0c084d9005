"""The cast in its places while a record is read: who sits where, and from which beat on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from society_viz import labels, layout, trees
from society_viz.film import Form, Place
from society_viz.stage import Stage


class Seating:
    """The places of all seats on *stage*, laid again when the form of the society has changed."""

    def __init__(self, stage: Stage, lasting: bool = False) -> None:
        """Everybody who is there sits down; *lasting*: no tie will come or go."""
        self.stage = stage
        self.laid = [(0, layout.arrange(stage.attributes, stage.opening, stage.weights, stage.order, lasting))]
        self.seats = list(self.now.spots)
        """All who ever sat down, in order: the places of nodes in the film."""
        self._seen, self._basis = stage.turnover, self._form()

    @property
    def now(self) -> layout.Layout:
        """Where everybody sits now."""
        return self.laid[-1][1]

    def keep(self) -> bool:
        """Take note of how things stand in the beat that is next; whether everybody moves in it."""
        stage = self.stage
        moved = False
        if stage.turnover != self._seen and self.now.shape != "parliament":
            self._seen, basis = stage.turnover, self._form()
            if basis != self._basis:
                self._basis = basis
                after = layout.rearrange(self.now, stage.attributes, self._ties())
                moved = after != self.now
                if moved:
                    self.laid.append((stage.beats, after))
        if len(self.now.spots) < len(stage.names):
            self._seat_newcomers()
        if len(self.seats) < len(self.now.spots):
            known = {*self.seats}
            self.seats += [seat for seat in self.now.spots if seat not in known]
        return moved

    def _form(self) -> Any:
        """What the layout depends on, besides who is there."""
        return layout.communities(self.stage.attributes) or trees.bosses(self._ties())

    def _ties(self) -> list[tuple[int, int, str]]:
        """The ties there are, and after them those that vacant seats had: a chain does not fall apart at once."""
        now = [(u, v, kind) for (u, v), (kind, _) in self.stage.ties.items()]
        return now + [tie for ties in self.stage.vacant.values() for tie in ties]

    def _seat_newcomers(self) -> None:
        spots, radii, stage = self.now.spots, self.now.radii, self.stage
        radius = sorted(radii.values())[len(radii) // 2] if radii else 14.0
        for seat in sorted(stage.names):
            if seat not in spots:
                near = [v if u == seat else u for u, v in stage.ties if seat in (u, v)]
                known = [spots[one] for one in dict.fromkeys(near) if one in spots]
                spots[seat] = layout.beside(seat, known, list(spots.values()), radius)
                radii[seat] = radius

    def forms(self, names: Mapping[int, str], taken: Sequence[labels.Box] = ()) -> tuple[Form, ...]:
        """All forms, places in the order of `seats`; no name stands on what is *taken*.

        Who is not yet there in a form has in it the place in which it will appear.
        """
        found: list[Form] = []
        later: dict[int, Place] = {}
        for first, laid in reversed(self.laid):
            labelled = labels.place(laid, names, taken)
            later |= {
                seat: Place(label, x, y, laid.radii[seat], lx, ly, anchor)
                for seat, (x, y) in laid.spots.items()
                for label, lx, ly, anchor in [labelled[seat]]
            }
            places = tuple(later[seat] for seat in self.seats)
            found.append(Form(first, places, laid.regions, laid.middle, laid.pull))
        return tuple(reversed(found))
