"""Animations of society_sim's records. They read records only, and run nothing again."""

from society_viz.animation import animate
from society_viz.errors import VizError

__all__ = ["VizError", "animate"]
