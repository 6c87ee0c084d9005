"""The synthetic model as a backend: policies first, then the answering model."""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import Future
from typing import Any

from society_sim.backends.synthetic.parameters import Settings
from society_sim.backends.synthetic.policies import bound
from society_sim.errors import FAILED, NoAnswer
from society_sim.registry import backend
from society_sim.values import Answer, Backend, Query


class _Synthetic:
    reads_items = True

    def __init__(self, settings: Settings, policies: Mapping[str, Mapping[str, Any]] | None) -> None:
        self._settings, self._policies = settings, bound(policies)

    def submit(self, query: Query) -> Future[Answer]:
        future: Future[Answer] = Future()
        for reads in self._policies:
            text = reads(query, self._settings)
            if text is not None:
                future.set_result(Answer(text=text))
                return future
        future.set_exception(NoAnswer(FAILED, "no policy takes this question"))
        return future


@backend
def synthetic(
    *, preset: str = "helm-mid", policies: Mapping[str, Mapping[str, Any]] | None = None
) -> Backend:
    """The declared null model: it answers from published sub-models, and knows nothing."""
    return _Synthetic(Settings(preset), policies)
