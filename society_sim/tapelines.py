"""The lines of a tape: how they are written and read, and what they come to."""

from __future__ import annotations

import itertools
import os
from collections.abc import Iterable, Iterator, Mapping
from functools import reduce
from typing import Any, NamedTuple
from zlib import crc32

import orjson

from society_sim.errors import FAILURES, OUT_OF_BUDGET, NoAnswer
from society_sim.ledger import Cost
from society_sim.values import Answer

FORMAT = 2
TRY, AGAIN, PROMPT = "try:", "again", "prompt:"
HEAD = "head"


class Line(NamedTuple):
    """One whole line of a tape."""

    key: str
    offset: int
    length: int
    data: bytes

    @property
    def is_answer(self) -> bool:
        """Whether it holds an answer, or why there is none."""
        return ":" not in self.key and self.key not in (HEAD, AGAIN)

    @property
    def prompt(self) -> str:
        """The digest of the prompt that it holds; empty if it holds none."""
        return self.key[len(PROMPT) :] if self.key.startswith(PROMPT) else ""

    @property
    def attempted(self) -> str:
        """The key of the query that it is an attempt at; empty if it is none."""
        return self.key[len(TRY) :] if self.key.startswith(TRY) else ""


def written(answer: Answer | NoAnswer) -> dict[str, Any]:
    """*answer* as a line of the tape has it."""
    if isinstance(answer, NoAnswer):
        return {"reason": answer.reason, **({"detail": answer.detail} if answer.detail else {})}
    data: dict[str, Any] = {"text": answer.text, "in": answer.tokens_in, "out": answer.tokens_out}
    if answer.cached:
        data["cached"] = answer.cached
    if answer.reasoning:
        data["reasoning"] = answer.reasoning
    if answer.micro_usd:
        data["micro_usd"] = answer.micro_usd
    if answer.model:
        data["model"] = answer.model
    if answer.fallback:
        data["fallback"] = answer.fallback
    if answer.reason:
        data["reason"] = answer.reason
    if answer.attempt:
        data["try"] = answer.attempt
    if answer.logprobs is not None:
        data["logprobs"] = answer.logprobs
    return data


def said(data: Mapping[str, Any]) -> Answer | NoAnswer:
    """The answer in *data*, a line of the tape."""
    if "text" not in data:
        return NoAnswer(data["reason"], data.get("detail", ""))
    logprobs = data.get("logprobs")
    return Answer(
        text=data["text"], tokens_in=data["in"], tokens_out=data["out"], cached=data.get("cached", 0),
        reasoning=data.get("reasoning", 0), micro_usd=data.get("micro_usd", 0), model=data.get("model", ""),
        reason=data.get("reason", ""), fallback=data.get("fallback", ""), attempt=data.get("try", 0),
        logprobs=None if logprobs is None else tuple((t, p) for t, p in logprobs),
    )  # fmt: skip


def line_of(key: str, data: dict[str, Any]) -> bytes:
    """The line that keeps *data* under *key*."""
    try:
        rest = b"%b %b" % (key.encode(), orjson.dumps(data))
    except orjson.JSONEncodeError:  # half a character: kept as a question mark
        mended = {name: value.encode("utf-8", "replace").decode() if isinstance(value, str) else value
                  for name, value in data.items()}  # fmt: skip
        rest = b"%b %b" % (key.encode(), orjson.dumps(mended))
    return _checked(rest)


def _checked(rest: bytes) -> bytes:
    return b"%08x %b\n" % (crc32(rest), rest)


def lines(file: int) -> Iterator[Line]:
    """The whole lines of the tape behind the descriptor *file*; damaged ones are passed over."""
    offset = 0
    tail = b""
    while block := os.pread(file, 1 << 20, offset + len(tail)):
        data = tail + block
        start = 0
        while (stop := data.find(b"\n", start)) >= 0:
            rest = data[start + 9 : stop]
            if data[start : start + 9] == b"%08x " % crc32(rest):
                cut = rest.find(b" ")
                if cut > 0:
                    yield Line(rest[:cut].decode(), offset + start + 9 + cut + 1, len(rest) - cut - 1, rest[cut + 1 :])
            start = stop + 1
        tail = data[start:]
        offset += start


def count_lines(file: int) -> int:
    """How many lines there are, whole or not."""
    count = offset = 0
    while block := os.pread(file, 1 << 20, offset):
        count += block.count(b"\n")
        offset += len(block)
    return count


def is_failure(data: bytes) -> bool:
    """Whether *data*, of an answer's line, says that the call failed for good; cheap where it says anything else."""
    if b'"reason"' not in data:
        return False
    read = orjson.loads(data)
    return "text" not in read and read["reason"] in FAILURES


def whole(
    prompts: Mapping[str, bytes], answers: Mapping[str, bytes], attempts: Iterable[tuple[str, bytes]]
) -> Iterator[bytes]:
    """The lines of a tape made of those of others: data of prompts by digest, of answers by key, and attempts."""
    yield line_of(HEAD, {"format": FORMAT, "what": "society_sim tape"})
    for key, data in itertools.chain(((PROMPT + digest, data) for digest, data in prompts.items()), attempts,
                                     answers.items()):  # fmt: skip
        yield _checked(b"%b %b" % (key.encode(), data))


class Account:
    """What the lines of a tape come to, read one after the other: settled cost, doubtful cost, and attempts."""

    def __init__(self) -> None:
        self.spent, self._doubtful = Cost(), Cost()
        self._open: dict[tuple[str, int], list[Cost]] = {}  # two lives of a run may both have died in attempt 1
        self._noted: set[str] = set()  # questions whose attempts are noted, until their answer is read

    def answered(self, key: str, data: Mapping[str, Any]) -> None:
        """Read the line of an answer: its last attempt is settled."""
        if "elsewhere" in data or ("text" not in data and data["reason"] == OUT_OF_BUDGET):
            return
        calls = 0 if key in self._noted else data.get("try", 1)  # attempts are not noted where nothing bounds a run
        self._noted.discard(key)
        self.spent = self.spent.plus(Cost(data.get("micro_usd", 0), data.get("in", 0) + data.get("out", 0), calls))
        if "try" in data:
            self._closed(key, data["try"])

    def tried(self, key: str, data: Mapping[str, Any]) -> None:
        """Read the line of an attempt, before or after it."""
        if "worst" in data:
            self.spent = self.spent.plus(Cost(calls=1))
            self._noted.add(key)
            self._open.setdefault((key, data["n"]), []).append(Cost(*data["worst"]))
        else:
            worst = self._closed(key, data["n"])
            if data["doubtful"]:
                self._doubtful = self._doubtful.plus(worst)

    @property
    def doubtful(self) -> Cost:
        """What may have been paid for nothing: attempts that broke off after they were sent, or with the process."""
        return reduce(Cost.plus, itertools.chain.from_iterable(self._open.values()), self._doubtful)

    @property
    def left(self) -> int:
        """How many attempts broke off with the process."""
        return sum(map(len, self._open.values()))

    def _closed(self, key: str, number: int) -> Cost:
        left = self._open.get((key, number))
        return left.pop() if left else Cost()
