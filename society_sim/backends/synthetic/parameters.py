"""The settings of a synthetic model, read from `parameters.yaml`."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Settings:
    """All that one synthetic model is made of; policies are given it beside the query."""

    preset: str
