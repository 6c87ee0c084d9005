"""Built-in outcomes: what the model assumes, so that nobody reports it as found."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from society_sim.backends.synthetic.parameters import row

_ASSUMED: Mapping[str, tuple[str, tuple[str, ...]]] = MappingProxyType(
    {
        "gain from debate": ("kappa, persuasion.evidence and persuasion.sure", ("kappa", "evidence")),
        "herding": ("persuasion.crowd", ("crowd",)),
        "value of diversity": ("margin (family and model parts) and wrong (model part)", ("margin",)),
        "edge of markets and of weighting by confidence": ("confidence.noise and confidence.slope", ("slope",)),
        "autonomy pays for strong models only": ("roles.kappa and confidence.noise", ("noise",)),
        "deterrence": ("compliance.steepness", ()),
        "cheap-first routing": ("confidence.noise and margin (item part)", ("noise",)),
        "which governments form": ("negotiation.marks", ()),
        "instability without new evidence": ("persuasion.unrest", ("unrest",)),
        "opinions meet, split or stay": ("the policy of opinion dynamics that the scenario names", ()),
        "the true side wins before a judge": ("kappa and persuasion.evidence", ("kappa", "evidence")),
    }
)


def assumed_effects(preset: str = "helm-mid") -> dict[str, str]:
    """{effect: the parameters of *preset* that put it there}, for the foot of every report.

    A "finding" that only restates its parameter is to be labelled *assumed*.

    >>> assumed_effects("helm-mid")["herding"]
    'persuasion.crowd (crowd 1.0726)'
    """
    own = row("presets", preset)
    values = own | row("confidence", own["confidence"]) | row("persuasion", own["persuasion"])
    return {
        effect: f"{where} ({', '.join(f'{name} {values.get(name, 0)}' for name in names)})" if names else where
        for effect, (where, names) in _ASSUMED.items()
    }
