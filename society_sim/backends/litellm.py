"""Any model that LiteLLM reaches: more than a hundred providers, by one name each."""

from __future__ import annotations

import contextlib
import importlib.util
import logging
import os
import re
import threading
import warnings
from collections.abc import Iterator, Mapping
from typing import Annotated, Any, Literal

from society_sim.backends.endpoints import asking, prices, replies
from society_sim.backends.endpoints.connections import TOO_MUCH, Connection
from society_sim.backends.endpoints.faults import Fault, of_status
from society_sim.backends.endpoints.hosted import Hosted, Target
from society_sim.backends.endpoints.keys import address, key_of, learn, named, none_in, scrub
from society_sim.backends.endpoints.loop import LOOP
from society_sim.backends.endpoints.prices import Price
from society_sim.backends.endpoints.replies import Reply
from society_sim.errors import (
    DISCONNECTED,
    EMPTY,
    NOT_JSON,
    REFUSED,
    TOO_LONG,
    TRUNCATED,
    UNREACHABLE,
    WRONG_SCHEMA,
    ScenarioError,
)
from society_sim.registry import ASIDE, backend
from society_sim.values import Backend, Query

_PLAIN = ("openai", "hosted_vllm", "openai_like", "custom_openai", "lm_studio", "llamafile")
"""Providers that mean: whatever speaks OpenAI's protocol at `api_base`."""
_HOME = ("ollama", "ollama_chat", "lm_studio", "llamafile")
"""Providers that are on this machine unless `api_base` says otherwise."""
_IMPORT = threading.Lock()
_set_up = _warm = False  # somebody else may have imported LiteLLM before


@backend
def litellm(
    *,
    model: str | list[str],
    api_base: Annotated[str | None, ASIDE] = None,
    key_env: Annotated[str | None, ASIDE] = None,
    fallbacks: list[str] | None = None,
    temperature: float = 0.7,
    max_tokens: int = 256,
    structured: bool = False,
    logprobs: bool = False,
    send_seed: bool = True,
    extra: dict[str, Any] | None = None,
    price: Annotated[Literal["free"] | dict[str, float] | None, ASIDE] = None,
    concurrency: Annotated[int | None, ASIDE] = None,
    rpm: Annotated[int | None, ASIDE] = None,
    tpm: Annotated[int | None, ASIDE] = None,
    timeout: Annotated[float, ASIDE] = 60.0,
    attempts: Annotated[int, ASIDE] = 4,
    backoff: Annotated[float, ASIDE] = 0.5,
) -> Backend:
    """A model of any provider, through LiteLLM: `gpt-4o-mini`, `anthropic/claude-haiku-4-5`, `ollama/llama3.2`.

    *model* is its name for LiteLLM; several names are the variants of one model, and the population `panel` seats one
    member for each. The key comes from the environment variable that LiteLLM looks for
    (`OPENAI_API_KEY`, `ANTHROPIC_API_KEY`, ...), or from the one that *key_env* names. *api_base* is an address of
    your own; no key is sent there but that of *key_env*. *fallbacks*, of the same or of other providers, are asked in
    this order when *model* fails for good; the record says which one answered. *send_seed* goes out where the provider
    takes a seed; *structured* and *logprobs* are refused where it does not offer them. *extra* are further arguments of
    `litellm.acompletion`, such as `{reasoning_effort: low}`.

    *price* is LiteLLM's own for the model, unless it is given here; a model without one is refused unless it is on
    this machine. Budget, gate and retries are those of `openai_compatible`, which has the other parameters on its page
    and is leaner, where the endpoint speaks that protocol: LiteLLM's own retries, caches and router are off. Models
    with the same *api_base* share a gate; without one, each model of a provider has its own.

    Needs the extra `litellm`. An abstention: what went wrong with the last attempt, or `refused`.
    """
    what = f"backend 'litellm' ({model if isinstance(model, str) else ', '.join(model)})"
    base = None if api_base is None else address(api_base, what)
    named(key_env, what)
    none_in(extra, what)
    said = asking.checked(what, model, fallbacks, max_tokens, concurrency, rpm, tpm, timeout, attempts, backoff)
    given = prices.given(price, what)
    known = {name: _target(name, base, given, what) for name in said.models}
    targets = {name: [known[one] for one in asked] for name, asked in said.variants.items()}
    names = [[_plain(one, base) for one in asked] for asked in said.variants.values()]
    shape = {"structured": structured, "logprobs": logprobs, "send_seed": send_seed, "extra": extra}
    more = asking.extra_checked(what, extra, max_tokens)
    wire = LiteLLM(base, key_env, {"temperature": temperature, "max_tokens": max_tokens, **more},
                   models=tuple(known), structured=structured, logprobs=logprobs, send_seed=send_seed)  # fmt: skip
    return Hosted(wire, targets, watermark=asking.watermark(names, shape), limits=said.limits, patience=said.patience,
                  temperature=temperature, max_tokens=max_tokens)  # fmt: skip


class LiteLLM:
    """One `litellm.acompletion` for each request, over the connection's session, with everything of its own off."""

    def __init__(
        self,
        base: str | None,
        key_env: str | None,
        fixed: Mapping[str, Any],
        *,
        models: tuple[str, ...],
        structured: bool,
        logprobs: bool,
        send_seed: bool,
    ) -> None:
        self._base, self._key_env, self._models = base, key_env, models
        self._fixed = {name: value for name, value in fixed.items() if value is not None}
        self._structured, self._logprobs, self._send_seed = structured, logprobs, send_seed
        self._takes: dict[str, frozenset[str]] = {}

    def ready(self) -> None:
        lite = library()
        _warm_up(lite)
        LOOP.at_end["LiteLLM"] = lite.close_litellm_async_clients
        learn()
        more: dict[str, Any] = {"max_retries": 0, "num_retries": 0}
        key = key_of(self._key_env, "backend 'litellm'")
        if self._base is not None:
            more |= {"api_base": self._base, "api_key": key or "none"}  # a provider's key goes to the provider alone
        elif key is not None:
            more["api_key"] = key
        self._fixed |= more
        for model in self._models:
            self._takes[model] = frozenset(lite.get_supported_openai_params(model) or ())
            for wanted, name in ((self._structured, "response_format"), (self._logprobs, "logprobs")):
                if wanted and name not in self._takes[model]:
                    raise ScenarioError(f"backend 'litellm': {model} offers no {name}")
            lacks = [] if "api_key" in more else lite.validate_environment(model)["missing_keys"]
            if lacks:
                raise ScenarioError(f"backend 'litellm': {model} needs a key; the environment has no "
                                    f"{' and no '.join(lacks)}")  # fmt: skip

    def beside(self, query: Query) -> int:
        return len(asking.encoded(asking.response_format(query.form))) if self._structured else 0

    async def ask(self, connection: Connection, query: Query, model: str) -> Reply:
        lite = library()
        more: dict[str, Any] = {}
        if self._send_seed and "seed" in self._takes[model]:
            more["seed"] = asking.seed(query)
        if self._structured:
            more["response_format"] = asking.response_format(query.form)
        if self._logprobs:
            more["logprobs"] = True
        try:
            response = await lite.acompletion(
                model=model, messages=replies.messages(query), shared_session=connection.session, **self._fixed, **more
            )
        except Exception as error:
            raise _fault(error) from None
        return _reply(response)



def _target(name: str, base: str | None, given: Price | None, what: str) -> Target:
    lite = library()
    try:
        _, provider, _, _ = lite.get_llm_provider(name, api_base=base)
    except Exception:
        raise ScenarioError(f"{what}: LiteLLM knows no provider of {name!r}; write PROVIDER/MODEL, such as "
                            "openai/gpt-4o-mini") from None  # fmt: skip
    price = given or _known_price(name)
    if price is None and (provider in _HOME if base is None else prices.at_home(base)):
        price = prices.FREE
    if price is None:
        raise prices.unknown(f"{what}: {name}" if name not in what else what)
    return Target(name, price, base or f"{provider}: {name}")


def _known_price(name: str) -> Price | None:
    """What LiteLLM's own table, which comes with it, says that *name* costs; `None` if it does not say."""
    try:
        info: Mapping[str, Any] = library().get_model_info(name)
    except Exception:
        return None
    read, write = info.get("input_cost_per_token"), info.get("output_cost_per_token")
    if read is None or write is None:
        return None
    cached = info.get("cache_read_input_token_cost")
    above = [(int(found[1]) * 1000, value, info.get(name.replace("input", "output")) or write)
             for name, value in info.items()
             if value and (found := re.fullmatch(r"input_cost_per_token_above_(\d+)k_tokens", name))]  # fmt: skip
    long = min(above, default=None)
    return Price(read * 1e6, write * 1e6, (read if cached is None else min(cached, read)) * 1e6,
                 long and (long[0], long[1] * 1e6, long[2] * 1e6))  # fmt: skip


def _plain(name: str, base: str | None) -> str:
    """The model's name where it is served: `openai/x` at an address of one's own is called `x` there."""
    provider, _, rest = name.partition("/")
    return rest if base is not None and rest and provider in _PLAIN else name


def _reply(response: Any) -> Reply:
    try:
        choice = response.choices[0]
        message = choice.message
    except (AttributeError, IndexError, TypeError):
        raise Fault(WRONG_SCHEMA, "the reply has no choices[0].message") from None
    usage = getattr(response, "usage", None)
    if usage is not None and not (usage.prompt_tokens and (usage.completion_tokens or not message.content)):
        usage = None  # where nobody counted, LiteLLM says zero; there is no prompt without a token, nor a word
    logprobs = getattr(choice, "logprobs", None)
    return replies.read({
        "choices": [{
            "message": {"content": message.content, "refusal": getattr(message, "refusal", None)},
            "finish_reason": choice.finish_reason,
            "logprobs": _plain_data(logprobs),
        }],
        "usage": None if usage is None else {
            "prompt_tokens": usage.prompt_tokens, "completion_tokens": usage.completion_tokens,
            "prompt_tokens_details": _dict(usage, "prompt_tokens_details", "cached_tokens"),
            "completion_tokens_details": _dict(usage, "completion_tokens_details", "reasoning_tokens"),
        },
        "model": response.model,
    })  # fmt: skip


def _plain_data(value: Any) -> Any:
    dump = getattr(value, "model_dump", None)
    return value if dump is None else dump()


def _dict(usage: Any, group: str, name: str) -> dict[str, Any]:
    return {name: getattr(getattr(usage, group, None), name, None)}


_NOBODY = {
    "ClientConnectorError", "ClientConnectorDNSError", "ClientConnectorSSLError", "ClientConnectorCertificateError",
    "ConnectError", "ConnectTimeout", "ConnectionTimeoutError",
}  # fmt: skip
_WORDS = (
    (re.compile(r"'<|<!doctype|<html", re.IGNORECASE), NOT_JSON),
    (re.compile(r"\(char 0\)|empty response"), EMPTY),
    (re.compile(r"\(char \d+\)|Unterminated string|EOF while parsing"), TRUNCATED),
    (re.compile(r"no 'choices|list index out of range|Invalid response object|validation error"), WRONG_SCHEMA),
)


def _fault(error: Exception) -> Fault:
    """What LiteLLM's *error* means; it wraps whatever happened in one of its own, and tells the rest in words."""
    names = {type(one).__name__ for one in _chain(error)}
    words = _first_line(str(error))
    response = getattr(error, "response", None)
    headers = getattr(response, "headers", None) or getattr(error, "litellm_response_headers", None) or {}
    status = getattr(error, "status_code", None)
    if "ContextWindowExceededError" in names:
        return Fault(TOO_LONG, words)
    if "ContentPolicyViolationError" in names:
        return Fault(REFUSED, words)
    if any(TOO_MUCH in str(one) for one in _chain(error)):
        return Fault(WRONG_SCHEMA, TOO_MUCH)
    if names & _NOBODY:
        return Fault(UNREACHABLE, words)
    if not isinstance(status, int) or not 400 <= status < 500:  # what it says of a request that was refused is no reply
        for pattern, reason in _WORDS:
            if pattern.search(str(error)[:2000]):
                return Fault(reason, words)
    if "Connection error" in words or names & {"ServerDisconnectedError", "ReadError", "RemoteProtocolError",
                                               "ClientPayloadError", "ClientOSError"}:  # fmt: skip
        return Fault(DISCONNECTED, words)
    if not isinstance(status, int) or not 400 <= status < 600:
        status = 500
    return of_status(status, words.encode(), dict(headers))


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    seen = 0
    while error is not None and seen < 20:
        yield error
        error, seen = error.__cause__ or error.__context__, seen + 1


def _first_line(text: str) -> str:
    line = next((line for line in text.splitlines() if line.strip()), "").strip()
    return re.sub(r"^(?:litellm\.)?(?:\w+: )+|Traceback.*$", "", line)


class _Scrub(logging.Filter):
    """Strikes keys out of what libraries log."""

    def filter(self, record: logging.LogRecord) -> bool:
        record.msg, record.args = scrub(record.getMessage()), ()
        return True


def library() -> Any:
    """LiteLLM, imported when first needed: without its fetching prices, reading `.env` files or logging keys."""
    global _set_up
    if _set_up:
        import litellm

        return litellm
    if importlib.util.find_spec("litellm") is None:
        raise ScenarioError("the backend 'litellm' needs LiteLLM; install it with: "
                            "python -m pip install 'society-sim[litellm]'")  # fmt: skip
    with _IMPORT, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of its own models; and it would add filters of its own for good
        os.environ.setdefault("LITELLM_LOCAL_MODEL_COST_MAP", "True")
        os.environ.setdefault("LITELLM_MODE", "PRODUCTION")
        import litellm

        litellm.suppress_debug_info = True
        litellm.drop_params = False
        if hasattr(litellm, "telemetry"):
            litellm.telemetry = False
        for name in ("LiteLLM", "httpx", "openai"):
            logging.getLogger(name).addFilter(_Scrub())
        _set_up = True
        return litellm


def _warm_up(lite: Any) -> None:
    """Let LiteLLM import what it imports at its first call: that takes a second, and warns of its own types.

    In the loop it would hold up all models' calls, and in a strict process such a warning is an error.
    """
    global _warm
    with _IMPORT, warnings.catch_warnings():
        if _warm:
            return
        warnings.simplefilter("ignore")
        with contextlib.suppress(Exception):  # what is wrong with it, the first call will tell
            lite.completion(model="openai/x", messages=[{"role": "user", "content": "."}], mock_response=".")
        _warm = True
