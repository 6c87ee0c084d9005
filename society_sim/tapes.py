"""What can be done with tapes: look into them, merge them, take out what failed, share them between runs.

A tape is content addressed: the key of an answer is a hash over all that shapes it. So tapes of different runs, from
different machines, can be put together, and an answer is used by whichever run asks just that.
"""

from __future__ import annotations

import os
import uuid
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field
from pathlib import Path

import orjson

from society_sim.errors import OUT_OF_BUDGET, StoreError
from society_sim.ledger import NOTHING, Cost
from society_sim.store import RECORD, SCENARIO, TAPE, held, private
from society_sim.tape import Tape
from society_sim.tapelines import Account, is_failure, whole


@dataclass(frozen=True, slots=True)
class Summary:
    """What is on a tape: *answers* by the model that gave them, *reasons* of those that are none, what it cost.

    *attempts* are requests to endpoints, and *failures* the reasons of those that brought nothing. *reused* answers
    were copied from another tape. Of *tokens_in*, *cached* came from a prefix cache; of *tokens_out*, *reasoning* are
    in no text.
    """

    path: Path
    answers: int
    reused: int
    models: Counter[str] = field(default_factory=Counter)
    reasons: Counter[str] = field(default_factory=Counter)
    attempts: int = 0
    failures: Counter[str] = field(default_factory=Counter)
    tokens_in: int = 0
    tokens_out: int = 0
    cached: int = 0
    reasoning: int = 0
    spent: Cost = NOTHING
    doubtful: Cost = NOTHING
    damaged: int = 0

    @property
    def cached_share(self) -> float:
        """The share of the tokens read that came from a provider's prefix cache."""
        return self.cached / self.tokens_in if self.tokens_in else 0.0


def look(path: Path) -> Summary:
    """What is on the tape in *path* (a tape, or a run's folder)."""
    path = tape_of(path)
    models, failures, none = Counter[str](), Counter[str](), dict[str, str]()
    reused = attempts = tokens_in = tokens_out = cached = reasoning = 0
    account = Account()
    with Tape(path, writable=False) as tape:
        for line in tape.lines():
            data = orjson.loads(line.data)
            if line.is_answer:
                account.answered(line.key, data)
                reused += "elsewhere" in data
                attempts += "try" in data and "elsewhere" not in data
                if "text" in data:
                    models[data.get("fallback") or data.get("model", "")] += 1
                    tokens_in, tokens_out = tokens_in + data["in"], tokens_out + data["out"]
                    cached, reasoning = cached + data.get("cached", 0), reasoning + data.get("reasoning", 0)
                none[line.key] = data.get("reason", "")  # what was asked again is what it became
            elif line.attempted:
                account.tried(line.attempted, data)
                if "reason" in data:
                    failures[data["reason"]] += 1
        attempts += failures.total() + account.left  # each ended in an answer or a failure, or died with its process
        reasons = Counter(filter(None, none.values()))
        return Summary(path, len(none), reused, models, reasons, attempts, failures, tokens_in, tokens_out, cached,
                       reasoning, account.spent, account.doubtful, tape.dropped + tape.torn)  # fmt: skip


def asked(path: Path) -> Iterator[dict[str, object]]:
    """What was asked, in the order in which the answers came: member, prompt, what came of it and what it cost."""
    with Tape(tape_of(path), writable=False) as tape:
        prompts: dict[str, dict[str, str]] = {}
        for line in tape.lines():
            if line.prompt:
                prompts[line.prompt] = orjson.loads(line.data)
            elif line.is_answer:
                data = orjson.loads(line.data)
                yield {"key": line.key, **prompts.get(data.pop("prompt", ""), {}), **_told(data)}


def _told(data: dict[str, object]) -> dict[str, object]:
    """An answer's line, its text called an answer: the prompt has a text too."""
    return {"answer" if name == "text" else name: value for name, value in data.items()}


def merge(into: Path, sources: Sequence[Path]) -> int:
    """Put the answers of *sources* together in the tape *into*, which is made or added to; how many it then has.

    Where several have an answer to the same question, the first counts; a failure counts only where nobody has an
    answer. That somebody could not pay for an answer is taken from no source: others may. The sources stay as they are.
    """
    if into.is_dir() or (into.parent / SCENARIO).is_file():
        raise StoreError(f"{into} belongs to a run; merge into a tape of its own, and use it from a folder: --shared")
    own = [tape_of(into)] if into.exists() else []
    found: dict[str, bytes] = {}
    prompts: dict[str, bytes] = {}
    for path in own + [tape_of(source) for source in sources]:
        with Tape(path, writable=False) as tape:
            for line in tape.lines():
                if line.prompt:
                    prompts.setdefault(line.prompt, line.data)
                elif not line.is_answer or (path not in own and _is_refusal(line.data)):
                    continue
                elif line.key not in found or is_failure(found[line.key]):
                    found[line.key] = line.data
    _write(into, prompts, found, [])
    return len(found)


def prune(path: Path) -> tuple[int, int]:
    """Take the failures off a tape, and prompts that belong to nothing; how many of each there were.

    What failed is asked again when the run is taken up; what its attempts cost stays in the account. `StoreError` if
    the run is complete: its record could not be replayed any more.
    """
    path = tape_of(path)
    found: dict[str, bytes] = {}
    prompts: dict[str, bytes] = {}
    attempts: list[tuple[str, bytes]] = []
    failed: set[str] = set()
    run = (path.parent / SCENARIO).is_file()
    with held(path.parent) if run else nullcontext(), Tape(path, writable=False) as tape:
        for line in tape.lines():
            if line.prompt:
                prompts.setdefault(line.prompt, line.data)
            elif line.attempted:
                attempts.append((line.key, line.data))
            elif line.is_answer and is_failure(line.data):
                failed.add(line.key)
            elif line.is_answer:
                found.setdefault(line.key, line.data)
        failures = len(failed - found.keys())  # some were asked again, and answered
        if failures and (path.parent / RECORD).is_file():
            raise StoreError(f"{path.parent} is complete, and its record has these failures in it; to ask them again: "
                             f"society-sim resume {path.parent} --again")  # fmt: skip
        used = {orjson.loads(data).get("prompt", "") for data in found.values()}
        kept = {digest: data for digest, data in prompts.items() if digest in used}
        _write(path, kept, found, attempts)
    return failures, len(prompts) - len(kept)


def shared(folder: Path) -> list[Path]:
    """The tapes in the *folder* that runs share, made if it is not there."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StoreError(f"cannot make the folder of shared tapes {folder}: {error.strerror}") from error
    return sorted(folder.glob("*.jsonl"))


def share(tape: Path, folder: Path) -> None:
    """Add the answers on *tape* that were paid for there to the *folder* that runs share, as a tape of their own.

    No file is ever changed by two writers, so the folder may lie on a network file system, or be copied about.
    """
    found: dict[str, bytes] = {}
    prompts: dict[str, bytes] = {}
    with Tape(tape, writable=False) as own:
        for line in own.lines():
            if line.prompt:
                prompts[line.prompt] = line.data
            elif line.is_answer and _is_own(line.data):
                found[line.key] = line.data
    if found:
        used = {orjson.loads(data).get("prompt", "") for data in found.values()}
        kept = {digest: data for digest, data in prompts.items() if digest in used}
        _write(folder / f"{uuid.uuid4().hex}.jsonl", kept, found, [])


def tape_of(path: Path) -> Path:
    """The tape in *path*: the file itself, or that of a run's folder."""
    found = path / TAPE if path.is_dir() else path
    if not found.is_file():
        raise StoreError(f"{path} holds no tape; a run's folder has a {TAPE}, as in runs/NAME-DIGEST/seed-0000")
    return found


def _is_own(data: bytes) -> bool:
    """Whether it was paid for there, and may be of use elsewhere."""
    return b'"elsewhere":true' not in data and not is_failure(data) and not _is_refusal(data)


def _is_refusal(data: bytes) -> bool:
    """Whether its member could not pay for it: that depends on the run, and not on the question."""
    read = orjson.loads(data)
    return "text" not in read and read["reason"] == OUT_OF_BUDGET


def _write(
    path: Path, prompts: dict[str, bytes], found: dict[str, bytes], attempts: Sequence[tuple[str, bytes]]
) -> None:
    """A tape of these lines, put in place of *path* in one step."""
    beside = path.with_name(f".{path.name}.{uuid.uuid4().hex[:8]}")
    try:
        with private(beside, os.O_EXCL) as file:
            file.writelines(whole(prompts, found, attempts))
            file.flush()
            os.fsync(file.fileno())
        beside.replace(path)
    except OSError as error:
        beside.unlink(missing_ok=True)
        raise StoreError(f"cannot write the tape {path}: {error.strerror}") from error
