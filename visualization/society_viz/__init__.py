"""Animations, posters, figures and explanations of society_sim's records: read from them, with nothing run again."""

from society_viz.animation import animate
from society_viz.errors import VizError
from society_viz.explain import explain
from society_viz.poster import poster
from society_viz.report import report
from society_viz.structure import structure_figure

__all__ = ["VizError", "animate", "explain", "poster", "report", "structure_figure"]
