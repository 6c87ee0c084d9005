"""The synthetic model as a backend: policies first, then the answering model; an answer is there at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from concurrent.futures import Future
from hashlib import sha256
from typing import Annotated, Any

from society_sim.backends.synthetic.answering import Reply, reply
from society_sim.backends.synthetic.parameters import Settings, digest, settings
from society_sim.backends.synthetic.policies import bound, foreign
from society_sim.backends.synthetic.service import micro_usd, sent, tokens_in, tokens_out
from society_sim.errors import NoAnswer
from society_sim.ledger import Cost
from society_sim.registry import backend, policy
from society_sim.streams import uniforms
from society_sim.values import Answer, Query


class Synthetic:
    """The backend that `synthetic` makes."""

    reads_items = True
    free = True  # costs nothing and always answers alike: the tape need not be forced to disk after each answer

    def __init__(
        self, made: Settings, policies: Mapping[str, Mapping[str, Any]], temperature: float, max_tokens: int,
        variants: tuple[str, ...], watermark: str,
    ) -> None:  # fmt: skip
        self._settings, self._policies = made, bound(policies)
        self.temperature, self.max_tokens, self.variants, self.watermark = temperature, max_tokens, variants, watermark

    def submit(self, query: Query) -> Future[Answer]:
        """Answer *query*; raises `ScenarioError` for what this model must not guess."""
        said = self._reply(query)
        future: Future[Answer] = Future()
        made = self._settings
        try:
            text = sent(said, made.failures, query.seed)
        except NoAnswer as none:
            future.set_exception(none)
            return future
        put, out = tokens_in(query), tokens_out(said.kind, query.max_tokens, said.luck)
        future.set_result(
            Answer(text=text, tokens_in=put, tokens_out=out, micro_usd=micro_usd(made.price, put, out),
                   model=query.model)
        )  # fmt: skip
        return future

    def worst(self, query: Query) -> Cost:
        """The most that *query* can cost."""
        put = tokens_in(query)
        return Cost(micro_usd(self._settings.price, put, query.max_tokens), put + query.max_tokens, 1)

    def _reply(self, query: Query) -> Reply:
        for decides in self._policies:
            text = decides(query, self._settings)
            if text is not None:
                return Reply("", text, "decision", uniforms(query.seed, "words")[2])
        return reply(query, self._settings)


@backend
def synthetic(
    *,
    preset: str = "helm-mid",
    accuracy: float | Mapping[str, float] | None = None,
    confidence: str | Mapping[str, str] | None = None,
    persuasion: str | Mapping[str, str] | None = None,
    kappa: float | None = None,
    floor: bool | None = None,
    correlation: float = 1.0,
    margin: Sequence[float] | None = None,
    prior: float | None = None,
    own_voice: float | None = None,
    failures: str = "none",
    price: str = "gpt-4o-mini",
    opinions: bool = True,
    temperature: float = 0.7,
    max_tokens: int = 256,
    variants: Sequence[str] = (),
    policies: Annotated[Mapping[str, Mapping[str, Any]] | None, policy] = None,
) -> Synthetic:
    """The declared null model: answers come from published sub-models; there is no intelligence in it.

    It reads the prompt that a real model would get, and beside it the sealed item. A member's model is named
    `NAME/FAMILY/MODEL`; members of one family, and still more of one model, err alike; a bare name is one model.

    *preset*: `independent`, `helm-weak`, `helm-mid`, `helm-strong`, `open-answer` or `adversarial`. What follows
    replaces parts of it; a mapping gives values by variant or by family. *accuracy*: share of items it is right on.
    *confidence*: `calibrated`, `frontier`, `mid`, `small` or `bluff`. *persuasion*: `typical`, `stubborn`,
    `sycophant-2023`, and for theory `urn`, `counting`, `none`. *kappa* (0 to 1): how far the strength of an argument
    tells whether it is right. *floor*: accuracy is never below chance. *correlation* multiplies the part of errors that
    all families share (up to .98 of their variance); *margin* gives the four shares of their variance themselves: of
    the item, the family, the model and the single answer, summing to 1. *prior*: weight of the own answer in the urn,
    and *own_voice* (0) of each own earlier answer that the prompt shows.
    *failures*: `none` or `realistic`. *price*: a row of the price table, or `free`. *opinions*: with `false`, a
    question that no item stands behind is an error. *variants*: names that a population may choose from.
    *policies*: what is said to policies, by name (`society-sim list policies`). *temperature*: 0.7 is what the presets
    were fitted for.

    Raises `ScenarioError` for names and values that do not exist. Numbers and sources: `parameters.yaml`; what this
    can and cannot support: docs/synthetic.md.

    >>> synthetic(preset="helm-strong", price="free").watermark  # doctest: +ELLIPSIS
    'synthetic@... preset=helm-strong price=free'
    """
    given = {
        "accuracy": accuracy, "confidence": confidence, "persuasion": persuasion, "kappa": kappa, "floor": floor,
        "correlation": correlation, "margin": margin, "prior": prior, "own_voice": own_voice,
        "failures": failures, "price": price, "opinions": opinions,
    }  # fmt: skip
    made = settings(preset, **given)  # type: ignore[arg-type]  # the same names and types as above
    usual = {"correlation": 1.0, "failures": "none", "price": "gpt-4o-mini", "opinions": True, "policies": None}
    told = {name: found for name, found in (given | {"policies": policies}).items() if found != usual.get(name)}
    mark = " ".join([f"synthetic@{digest()}", f"preset={preset}", *(f"{k}={_short(v)}" for k, v in told.items()),
                     *(f"+{name}@{source}" for name, source in foreign(policies or {}).items())])  # fmt: skip
    return Synthetic(made, policies or {}, temperature, max_tokens, tuple(variants), mark)


def _short(value: Any) -> str:
    """*value* in one word; a mapping as a hash, for a watermark stands in every caption."""
    if isinstance(value, (list, tuple)):
        return "/".join(f"{part:g}" for part in value)
    if isinstance(value, Mapping):
        return sha256(repr(sorted((str(k), repr(v)) for k, v in value.items())).encode()).hexdigest()[:8]
    return str(value)
