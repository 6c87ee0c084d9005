"""`solara run society_viz.app`: the page, which `society-sim view` serves with its gate in front."""

from society_viz.view.page import Layout, Page

__all__ = ["Layout", "Page"]
