"""society_sim: a laboratory for organised societies of language models.

Names are imported when they are first used, so that `import society_sim` costs nothing.
"""

from __future__ import annotations

import importlib
from typing import Any

_HOME = {
    "Society": "society", "Member": "member", "View": "member",
    "Answers": "promises", "Promise": "promises",
    "Choice": "forms", "Ranking": "forms", "Approval": "forms", "Number": "forms", "Text": "forms",
    "Scores": "forms", "Fields": "forms", "Confident": "forms", "Stated": "forms",
    "Answer": "values", "Query": "values", "Question": "values", "Item": "values", "Outcome": "values",
    "Profile": "values", "Frame": "frame", "Standing": "frame",
    "Link": "changes", "Unlink": "changes", "Reweight": "changes", "Assign": "changes", "Place": "changes",
    "Constitute": "changes", "Leave": "changes", "Join": "changes",
    "Transfer": "changes", "Denominate": "changes", "Allow": "changes", "Accounts": "accounts", "Money": "money",
    "mechanism": "registry", "topology": "registry", "rewiring": "registry", "population": "registry",
    "task": "registry", "measure": "registry", "backend": "registry", "pace": "registry",
    "on_failure": "registry", "memory": "registry", "attention": "registry", "channel": "registry",
    "capacity": "registry", "arrivals": "registry", "Server": "servers", "Terms": "capacity",
    "Memory": "attending", "Attention": "attending",
    "inline": "backends.pools", "threads": "backends.pools", "batched": "backends.pools", "delayed": "backends.pools",
    "openai_compatible": "backends.openai_compatible", "litellm": "backends.litellm",
    "NoAnswer": "errors", "PromptError": "errors", "ReplayError": "errors",
    "RunStopped": "errors", "OutOfBudget": "errors", "TooManyFailures": "errors",
    "StoreError": "errors", "SocietyError": "errors", "ScenarioError": "errors",
    "stream": "streams", "uniforms": "streams", "lot": "streams", "normal": "streams",
    "Scenario": "scenario",
    "run": "runs", "resume": "runs", "replay": "replaying", "fork": "runs", "build": "building",
    "experiment": "experiments", "Experiment": "experiments", "estimate": "estimating", "Estimate": "estimating",
    "plurality": "rules.plurality",
}  # fmt: skip
__all__ = sorted(_HOME)
__version__ = "0.1.0"


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module 'society_sim' has no attribute {name!r}")
    return getattr(importlib.import_module(f"society_sim.{_HOME[name]}"), name)


def __dir__() -> list[str]:
    return [*__all__, "__version__"]
