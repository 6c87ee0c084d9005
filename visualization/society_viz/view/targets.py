"""What somebody wants to watch: a scenario, a run, or a fork of one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from society_sim.errors import StoreError
from society_sim.opening import seed_of
from society_viz.errors import VizError
from society_viz.view import form
from society_viz.view.watched import Watched


@dataclass(frozen=True, slots=True)
class Target:
    """A scenario's name or file with a *seed*, or a run's folder; *change* makes it a fork of the run in *parent*.

    *beside*: the folder of another run, which is shown at its side. *place*: the number of the moment to begin with.
    """

    of: str
    seed: int = 0
    parent: str = ""
    at: float = 0.0
    change: tuple[str, ...] = field(default=())
    beside: str = ""
    place: int = 0

    def opened(self, out: str, terms: Mapping[str, Any] | None = None) -> Watched:
        """It, at its *place*; a run that is carried out here is on these *terms*, such as a `budget`."""
        watched = Watched(self.of, seed=self.seed, out=out, parent=self.parent, at=self.at, change=self.change,
                          terms=terms)  # fmt: skip
        watched.come_to(self.place)
        return watched


def seat_taken(watched: Watched, seat: int) -> Target:
    """The run of *watched*, in which a person answers for the member on *seat* from its moment on."""
    plan, moment = watched.plan, watched.moment
    if plan is None or moment is None:
        raise VizError("this run cannot be forked: its scenario is not there")
    swap = {"substitution": {"at": moment.t, "model": PERSON, "seats": [seat]}}
    now = [{part.name: parameters} for part, parameters in plan.at(moment.t).rewirings.values()]
    rewiring = form.written([*now, swap] if now else swap)
    return fork(watched, (f"models.{PERSON}=human", f"rewiring={rewiring}"))


PERSON = "you"
"""What the model is called that is a person at the page."""


def fork(watched: Watched, change: tuple[str, ...]) -> Target:
    """The run of *watched* with each `address=value` of *change* in force from its moment on, beside the run itself."""
    folder, moment = watched.folder, watched.moment
    if moment is None or watched.plan is None:
        raise VizError("this run cannot be forked: its scenario is not there")
    try:
        seed = seed_of(Path(folder))
    except StoreError as error:
        raise VizError(str(error)) from None
    watched.plan.changed(moment.t, change)  # what is wrong with it is said before anything is opened
    watched.hand_over()
    return Target(str(Path(folder) / "scenario.yaml"), seed, str(folder), moment.t, change, str(folder),
                  watched.place)  # fmt: skip
