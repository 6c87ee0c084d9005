"""The models of a society: by which names they are known, and what members speak with."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import ExitStack
from typing import Any

from society_sim.backends.calls import Function
from society_sim.backends.pools import Like, as_backend, own
from society_sim.errors import SocietyError
from society_sim.member import Voice
from society_sim.values import Backend

Models = Mapping[str, "Backend | Function"]


class Voices:
    """Models by name, and the voices that members with the same model share."""

    def __init__(self, models: Models) -> None:
        self.models: dict[str, Backend] = {}
        self._voices: dict[str, Voice] = {}
        self._retired: list[Backend] = []  # models that spoke before others took their place
        self.become(models)

    def become(self, models: Models) -> None:
        """Let *models* speak from now on; those before have yet to be let go of."""
        self._retired += self.models.values()
        self.models = {name: own(as_backend(model)) for name, model in models.items()}
        self._voices.clear()

    def of(self, model: str) -> Voice:
        """What a member speaks with that is given *model*: a name, with `/variant` after it if it has variants."""
        known = self._voices.get(model)
        if known is None:
            known = self._voices[model] = self._voice(model)
        return known

    def _voice(self, model: str) -> Voice:
        name, _, variant = model.partition("/")
        if name not in self.models:
            raise SocietyError(f"no model {name!r} for a member; the society has: {', '.join(self.models)}")
        backend = self.models[name]
        like = Like(backend)
        whole = repr((like.watermark, variant or name, like.temperature, like.max_tokens)).encode()
        return Voice(backend, variant or name, like.reads_items, like.temperature, like.max_tokens, whole)

    def marks(self) -> dict[str, str]:
        """The watermark of each model."""
        return {name: Like(model).watermark for name, model in self.models.items()}

    def facts(self) -> dict[str, dict[str, Any]]:
        """What of each model enters a query or the population: with it and the tape a run is replayed."""
        said = {name: Like(model) for name, model in self.models.items()}
        return {name: {"reads_items": like.reads_items, "variants": like.variants, "temperature": like.temperature,
                       "max_tokens": like.max_tokens, **({"traits": like.traits} if like.traits else {})}
                for name, like in said.items()}  # fmt: skip

    @property
    def state(self) -> str:
        """What the models' endpoints wait for, in a few words; nothing if nothing holds calls up."""
        states = {getattr(model, "state", ""): None for model in self.models.values()}
        return "; ".join(state for state in states if state)

    def drain(self) -> float:
        """Send nothing more; how many seconds what is in flight may take."""
        for model in (*self.models.values(), *self._retired):
            if hasattr(model, "drain"):
                model.drain()
        return max((Like(model).grace for model in self.models.values()), default=0.0)

    def release(self) -> None:
        """Let go of the models' connections, if they have any."""
        with ExitStack() as all_of_them:
            for model in (*self.models.values(), *self._retired):
                if hasattr(model, "release"):
                    all_of_them.callback(model.release)
