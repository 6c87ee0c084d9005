"""Animations, posters, figures and explanations of society_sim's records: read from them, with nothing run again.

Names are imported when they are first used, so a scenario's code that has a mark or a panel costs a run nothing.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from society_viz.animation import animate
    from society_viz.errors import VizError
    from society_viz.explaining import explain
    from society_viz.marking import Along, At, Off, mark
    from society_viz.posters import poster
    from society_viz.reports import report
    from society_viz.structure import structure_figure
    from society_viz.view.blocks import Bars, Book, Lines, Table, Words, panel

_HOME = {
    "animate": "animation", "explain": "explaining", "poster": "posters", "report": "reports",
    "structure_figure": "structure", "VizError": "errors",
    "mark": "marking", "At": "marking", "Along": "marking", "Off": "marking",
    "panel": "view.blocks", "Words": "view.blocks", "Table": "view.blocks", "Bars": "view.blocks",
    "Lines": "view.blocks", "Book": "view.blocks",
}  # fmt: skip
__all__ = [
    "Along", "At", "Bars", "Book", "Lines", "Off", "Table", "VizError", "Words", "animate", "explain", "mark", "panel",
    "poster", "report", "structure_figure",
]  # fmt: skip


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module 'society_viz' has no attribute {name!r}")
    found = globals()[name] = getattr(importlib.import_module(f"society_viz.{_HOME[name]}"), name)
    return found
