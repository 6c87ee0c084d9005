"""What the server was started with: it passes that to the page by its environment."""

from __future__ import annotations

import os

TARGET, OUT, SEED, BUDGET = "SOCIETY_VIEW", "SOCIETY_VIEW_OUT", "SOCIETY_VIEW_SEED", "SOCIETY_VIEW_BUDGET"


def target() -> str:
    """The scenario or run to show; nothing: what there is to choose from."""
    return os.environ.get(TARGET, "")


def out() -> str:
    """The folder that runs are kept in."""
    return os.environ.get(OUT, "runs")


def terms() -> dict[str, float]:
    """The terms of a new run: a `budget`, if there is one."""
    said = os.environ.get(BUDGET, "")
    return {"budget": float(said)} if said else {}


def seed() -> int:
    """The seed of a new run."""
    said = os.environ.get(SEED, "0")
    return int(said) if said.isdecimal() else 0
