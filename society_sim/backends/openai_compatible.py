"""Any server that speaks OpenAI's chat protocol, directly: vLLM, Ollama, llama.cpp, SGLang, LM Studio, hosted ones."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from society_sim.backends.endpoints import asking, prices, replies
from society_sim.backends.endpoints.connections import TOO_MUCH, Connection
from society_sim.backends.endpoints.faults import Fault, of_status
from society_sim.backends.endpoints.hosted import Hosted, Target
from society_sim.backends.endpoints.keys import address, key_of, named, none_in
from society_sim.backends.endpoints.replies import Reply
from society_sim.errors import (
    BAD_REQUEST,
    DISCONNECTED,
    NOT_JSON,
    TRUNCATED,
    UNKNOWN_MODEL,
    UNREACHABLE,
    WRONG_SCHEMA,
)
from society_sim.registry import ASIDE, backend
from society_sim.values import Backend, Query


@backend
def openai_compatible(
    *,
    model: str | list[str],
    base_url: Annotated[str, ASIDE],
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
    """A model behind an OpenAI-compatible endpoint, reached directly: the lean path, at nearly the cost of the network.

    *model* is its name there; several names are the variants of one model, and the population `panel` seats one member
    for each. *base_url* is the address up to `/v1` (Ollama: `http://localhost:11434/v1`). *key_env*
    names the environment variable that holds the key, where one is needed; a key itself is never written down.
    *fallbacks* are models at the same endpoint that are asked in this order when *model* fails for good; the record
    says which one answered. *temperature* and *max_tokens* (tokens that may be written) go with every request, and
    *send_seed* the query's own seed. *structured* asks for JSON in the shape of the question's form, which keeps
    small models to the form and keeps all models from thinking aloud. *logprobs* keeps the log-probabilities of the
    written tokens on the tape. *extra* are further fields of the request's body, such as `{top_k: 20}`; null takes one
    out.

    *price*: `{in: 0.15, out: 0.60, cached: 0.075}` in US dollars per million tokens, or `free`. On this machine free
    is meant if nothing is said; elsewhere it must be said. The worst that a call may cost is set aside before it is
    made, so the run's budget is never passed.

    The gate before the endpoint is shared by all models with the same *base_url*: *concurrency* requests at once,
    *rpm* requests and *tpm* tokens in any minute, and fewer for as long as the endpoint refuses (429, 503). A request
    that gets no reply within *timeout* seconds, or one that can be mended by asking again, is made up to *attempts*
    times, with a pause of about *backoff* seconds after the first, doubling, or as long as `Retry-After` says.

    An abstention: what went wrong with the last attempt, such as `rate limited`, `unreachable`, `unauthorised`,
    `context too long` or `not JSON`; or `refused`. What shapes no answer (address, price, limits, patience) is not in
    a scenario's digest: it may change when a run is taken up again. Source: the protocol is OpenAI's chat completions.
    """
    what = f"backend 'openai_compatible' ({model if isinstance(model, str) else ', '.join(model)})"
    url = address(base_url, what)
    named(key_env, what)
    none_in(extra, what)
    said = asking.checked(what, model, fallbacks, max_tokens, concurrency, rpm, tpm, timeout, attempts, backoff)
    cost = prices.given(price, what) or (prices.FREE if prices.at_home(url) else None)
    if cost is None:
        raise prices.unknown(what)
    fixed: dict[str, Any] = {"temperature": temperature, "max_tokens": max_tokens}
    if logprobs:
        fixed["logprobs"] = True
    fixed |= asking.extra_checked(what, extra, max_tokens)
    wire = Direct(url, key_env, fixed, structured=structured, send_seed=send_seed)
    shape = {"structured": structured, "logprobs": logprobs, "send_seed": send_seed, "extra": extra}
    targets = {name: [Target(one, cost, url) for one in asked] for name, asked in said.variants.items()}
    return Hosted(wire, targets, watermark=asking.watermark(said.variants.values(), shape), limits=said.limits,
                  patience=said.patience, temperature=temperature, max_tokens=max_tokens)  # fmt: skip


class Direct:
    """One POST for each request, over the connection's session."""

    def __init__(
        self, url: str, key_env: str | None, fixed: Mapping[str, Any], *, structured: bool, send_seed: bool
    ) -> None:
        self._url, self._key_env = f"{url}/chat/completions", key_env
        self._fixed = {name: value for name, value in fixed.items() if value is not None}
        self._structured, self._send_seed = structured, send_seed

    def ready(self) -> None:
        key = key_of(self._key_env, "backend 'openai_compatible'")
        headers = {"Content-Type": "application/json"}
        if key is not None:
            headers["Authorization"] = f"Bearer {key}"
        from multidict import CIMultiDict
        from yarl import URL

        self._address, self._sent_headers = URL(self._url), CIMultiDict(headers)  # once, not for each request

    def beside(self, query: Query) -> int:
        return len(asking.encoded(asking.response_format(query.form))) if self._structured else 0

    async def ask(self, connection: Connection, query: Query, model: str) -> Reply:
        import aiohttp

        body = {"model": model, "messages": replies.messages(query), **self._fixed}
        if self._send_seed:
            body["seed"] = asking.seed(query)
        if self._structured:
            body["response_format"] = asking.response_format(query.form)
        try:
            async with connection.session.post(
                self._address, data=asking.encoded(body), headers=self._sent_headers, allow_redirects=False
            ) as response:
                content = await response.read()
                if response.status == 200:
                    return replies.parsed(content)
                if 300 <= response.status < 400:
                    raise Fault(BAD_REQUEST, f"HTTP {response.status}: the address leads elsewhere; give that one")
                fault = of_status(response.status, content, response.headers)
                if fault.reason == UNKNOWN_MODEL and not self._url.endswith("/v1/chat/completions"):
                    raise Fault(UNKNOWN_MODEL, f"is /v1 missing at the end of base_url? {fault.detail}")
                raise fault
        except aiohttp.ClientConnectorError as error:
            why = error.os_error.strerror or error.os_error
            raise Fault(UNREACHABLE, f"cannot connect to {error.host}:{error.port}: {why}") from None
        except (aiohttp.ClientPayloadError, aiohttp.http_exceptions.ContentLengthError) as error:
            if TOO_MUCH in str(error):
                raise Fault(WRONG_SCHEMA, TOO_MUCH) from None
            raise Fault(TRUNCATED, f"the reply broke off: {error}") from None
        except aiohttp.ClientResponseError as error:  # what came is not HTTP
            raise Fault(NOT_JSON, error.message) from None
        except aiohttp.ConnectionTimeoutError as error:
            raise Fault(UNREACHABLE, str(error)) from None
        except aiohttp.ServerDisconnectedError as error:
            words = error.message if isinstance(error.message, str) else "Server disconnected"  # half a head, else
            raise Fault(DISCONNECTED, words) from None
        except aiohttp.ClientError as error:
            raise Fault(DISCONNECTED, str(error) or type(error).__name__) from None
