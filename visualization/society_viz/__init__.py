"""Animations, posters and figures of society_sim's records. They read records only, and run nothing again."""

from society_viz.animation import animate
from society_viz.errors import VizError
from society_viz.poster import poster
from society_viz.report import report
from society_viz.structure import structure_figure

__all__ = ["VizError", "animate", "poster", "report", "structure_figure"]
