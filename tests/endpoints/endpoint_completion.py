"""The good reply: a chat completion with its tokens counted, cut at the limit, and with log-probabilities if wanted."""

from __future__ import annotations

import hashlib
import itertools
import math
import re
from random import Random
from typing import Any, NamedTuple

import endpoint_brain as brains
from endpoint_hints import WORDS

_PIECE = re.compile(r"\s*\w{1,8}|\s*[^\w\s]|\s+")
_SMALL = ("it", "is", "as", "the", "and", "for", "can", "but", "not", "that", "from", "here")
_BLOCK = 256  # characters: 64 tokens of 4
_LEAST = 4  # blocks, below which nothing is cached


class Knobs(NamedTuple):
    """The knobs that shape a reply."""

    brain: str
    noise: brains.Noise
    reasoning_tokens: int
    written_tokens: float = 0.0
    written_sigma: float = 0.7


def completion(body: dict[str, Any], ident: str, cached: int | None, how: Knobs, luck: Random) -> dict[str, Any]:
    """The answer to *body*, by *luck*; *cached* of its prompt's tokens are reported as such (`None`: nothing is)."""
    messages = body["messages"]
    seen = brains.prompt(messages)
    said = brains.reply(body, seen, how.brain, how.noise, luck)
    if how.written_tokens:
        wanted = how.written_tokens * math.exp(luck.gauss(0.0, how.written_sigma))
        limit = body.get("max_completion_tokens") or body.get("max_tokens") or math.inf
        said = _lengthened(said, seen.asked.blanks, int(min(wanted, limit)), luck)
    pieces = _PIECE.findall(said)
    limit = body.get("max_completion_tokens") or body.get("max_tokens")
    room = len(pieces) if limit is None else max(0, limit - how.reasoning_tokens)
    said = pieces[:room]
    prompted = sum(len(brains.content(message)) // 4 + 4 for message in messages)
    thought = how.reasoning_tokens if limit is None else min(how.reasoning_tokens, limit)
    usage: dict[str, Any] = {
        "prompt_tokens": prompted,
        "completion_tokens": len(said) + thought,
        "total_tokens": prompted + len(said) + thought,
        "completion_tokens_details": {"reasoning_tokens": thought},
    }
    if cached is not None:
        usage["prompt_tokens_details"] = {"cached_tokens": cached}
    options = tuple(itertools.chain.from_iterable(blank.options for blank in seen.asked.blanks))
    choice = {
        "index": 0,
        "message": {"role": "assistant", "content": "".join(said), "refusal": None},
        "finish_reason": "length" if len(said) < len(pieces) else "stop",
        "logprobs": _logprobs(said, body.get("top_logprobs") or 0, options, luck) if body.get("logprobs") else None,
    }
    return {
        "id": f"chatcmpl-{ident}", "object": "chat.completion", "created": 1_700_000_000, "model": body["model"],
        "choices": [choice], "usage": usage, "system_fingerprint": "fp_test",
    }  # fmt: skip


def _lengthened(said: str, blanks: tuple[Any, ...], tokens: int, luck: Random) -> str:
    """*said* with so many *tokens*: more words in its last free text, if it has one, else thought before it."""
    missing = tokens - len(_PIECE.findall(said))
    if missing <= 1:
        return said
    more = " ".join(luck.choices(_SMALL, k=missing - 1))
    free = [blank.tag for blank in blanks if blank.kind == "text"]
    if not free:
        return f"{more}\n{said}"
    lines = said.split("\n")
    place = max(at for at, line in enumerate(lines) if line.startswith(free[-1]))
    if not free[-1] and lines[-1].startswith("CONFIDENCE:"):
        place -= 1
    lines[place] = f"{lines[place]} {more}"
    return "\n".join(lines)


def _logprobs(pieces: list[str], top: int, options: tuple[str, ...], luck: Random) -> dict[str, Any]:
    """Each piece with the greater part of the mass; what is left goes to *top* - 1 others, options before words."""
    told = []
    for piece in pieces:
        bare = piece.strip()
        space = piece[: len(piece) - len(piece.lstrip())]
        sure = luck.uniform(0.5, 0.999)
        others = [space + word for word in (*(options if bare in options else ()), *WORDS) if word != bare][: top - 1]
        alternatives = [_token(piece, sure)] if top else []
        alternatives += [_token(other, (1 - sure) / 2 ** (place + 1)) for place, other in enumerate(others) if top > 1]
        told.append({**_token(piece, sure), "top_logprobs": alternatives})
    return {"content": told, "refusal": None}


def _token(piece: str, share: float) -> dict[str, Any]:
    return {"token": piece, "logprob": math.log(share), "bytes": list(piece.encode())}


def cached_tokens(body: dict[str, Any], prefixes: set[bytes]) -> int:
    """How many tokens of the prompt another prompt began with; *prefixes* (hashes) then know this one as well."""
    text = "".join(f"{message.get('role')}\n{brains.content(message)}\n" for message in body["messages"]).encode()
    key, hashes = str(body["model"]).encode(), []
    for start in range(0, len(text) - _BLOCK + 1, _BLOCK):
        key = hashlib.blake2b(text[start : start + _BLOCK], key=key[:64], digest_size=8).digest()
        hashes.append(key)
    known = sum(1 for _ in itertools.takewhile(prefixes.__contains__, hashes))
    prefixes.update(hashes)
    return 64 * known if known >= _LEAST else 0
