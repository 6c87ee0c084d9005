"""Scenarios: read from a file or made in Python, checked against the parts' own signatures, changed, digested."""

from society_sim.scenario.scenario import Scenario

__all__ = ["Scenario"]
