"""A run as a log of Inspect (inspect_ai), for its viewer, its data frames and what else reads such logs.

Each question is a sample: the decision is its output, and its score where a right answer is known. Within a sample,
each answer is a model event with the prompt and the reply, as the tape has them; whatever else happened is an info
event whose source is the kind of the record's entry. Measures are metrics; tokens and money are counted by model.

The record knows simulated time alone: `working_start` of an event is the simulated time in seconds, and every time
stamp is when the record was finished. Needs the extra `bridges`.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from society_sim import tapes
from society_sim.damage import damage
from society_sim.errors import ScenarioError, StoreError
from society_sim.opening import opened, same_scenario
from society_sim.results import measure
from society_sim.store import RECORD, TAPE, RecordFile, way_on

if TYPE_CHECKING:
    from inspect_ai.event import Event
    from inspect_ai.log import EvalLog, EvalSample
    from inspect_ai.model import ModelUsage

    from society_sim.scenario import Scenario

FORMATS = (".eval", ".json")
"""What a log's name may end in: Inspect's compressed format, and JSON."""
_APART = ("header", "end")
"""Entries that are no event: what the header says is in the log's metadata, and the last entry counts the others."""


def export(folder: Path, to: Path) -> Path:
    """Write the run in *folder* as a log of Inspect to *to*, whose name ends in .eval or .json; gives its path.

    Raises `StoreError` for a folder without a whole record, or where *to* cannot be written (nothing is then);
    `ScenarioError` for another ending, or where the extra `bridges` is missing.
    """
    to = Path(to)
    if to.suffix not in FORMATS:
        raise ScenarioError(f"{to} ends in neither {' nor '.join(FORMATS)}, which Inspect's logs do")
    log = eval_log(folder)
    from inspect_ai.log import write_eval_log

    beside = to.with_name(f".{to.stem}.partial{to.suffix}")
    try:
        to.parent.mkdir(parents=True, exist_ok=True)
        try:
            write_eval_log(log, str(beside))
            beside.replace(to)
        finally:
            beside.unlink(missing_ok=True)
    except OSError as error:
        raise StoreError(f"cannot write {to}: {error.strerror or error}") from error
    return to


def eval_log(folder: Path) -> EvalLog:
    """The run in *folder* as an `EvalLog`; errors are those of `export`."""
    try:
        from inspect_ai import log as logs
        from inspect_ai.model import ModelConfig
    except ImportError as error:
        raise ScenarioError(f"logs of Inspect need {error.name}; install it with: "
                            "python -m pip install 'society-sim[bridges]'") from error  # fmt: skip
    folder = Path(folder)
    record = folder / RECORD
    if not record.is_file():
        raise StoreError(f"{folder} has no whole record; a run's folder has, and resume finishes one that broke off")
    if wrong := damage(record):
        raise StoreError(f"{record} is damaged ({wrong}); {way_on(record)}")
    scenario, seed, _ = opened(folder)
    same_scenario(folder, scenario)
    head = next(iter(RecordFile(record)))
    finished = datetime.fromtimestamp(record.stat().st_mtime, UTC)
    samples = _Samples(folder, finished).read()
    usage: dict[str, ModelUsage] = {}
    for sample in samples:
        for model, used in sample.model_usage.items():
            usage[model] = usage[model] + used if model in usage else used
    part, parameters = scenario.part("mechanism")
    return logs.EvalLog(
        status="success",
        eval=logs.EvalSpec(
            created=finished.isoformat(), task=scenario.name, task_id=scenario.digest, run_id=f"seed-{seed:04d}",
            eval_id=f"{scenario.digest[:16]}-{seed:04d}", task_args=_plain(scenario, "task"), solver=part.name,
            solver_args=dict(parameters), model=f"society_sim/{scenario.name}",
            model_roles={name: ModelConfig(model=mark) for name, mark in head["models"].items()},
            dataset=logs.EvalDataset(name=scenario.part("task")[0].name, samples=len(samples),
                                     sample_ids=[str(sample.id) for sample in samples]),
            config=logs.EvalConfig(), packages={"society_sim": head["version"]},
            metadata={"seed": seed, "scenario": scenario.dump(), "header": dict(head)},
        ),
        results=logs.EvalResults(
            total_samples=len(samples), completed_samples=len(samples), scores=[_metrics(scenario, record)]
        ),
        stats=logs.EvalStats(started_at=finished.isoformat(), completed_at=finished.isoformat(), model_usage=usage),
        samples=samples,
    )  # fmt: skip


def _plain(scenario: Scenario, section: str) -> dict[str, Any]:
    part, parameters = scenario.part(section)
    return {part.name: {name: str(value) if isinstance(value, Path) else value for name, value in parameters.items()}}


def _metrics(scenario: Scenario, record: Path) -> Any:
    from inspect_ai.log import EvalMetric, EvalScore

    found = measure(scenario, RecordFile(record))
    return EvalScore(name="correct", scorer="society_sim",
                     metrics={name: EvalMetric(name=name, value=value) for name, value in found.items()
                              if math.isfinite(value)})  # fmt: skip


class _Samples:
    """Reads a record into samples, in the order in which questions were settled."""

    def __init__(self, folder: Path, finished: datetime) -> None:
        self._folder, self._finished = folder, finished
        self._replies: dict[str, dict[str, Any]] = {}
        if (folder / TAPE).is_file():
            self._replies = {str(one["key"]): dict(one) for one in tapes.asked(folder)}
        self._names: dict[int, str] = {}
        self._models: dict[int, str] = {}
        self._personas: dict[int, str] = {}
        self._questions: dict[str, Mapping[str, Any]] = {}
        self._events: dict[str, list[Event]] = defaultdict(list)
        self._usage: dict[str, dict[str, ModelUsage]] = defaultdict(dict)
        self._latest = ""

    def read(self) -> list[EvalSample]:
        """A sample for each outcome, and every entry but the first and the last in one of them.

        What is about no question belongs to the one put last before it; what was before the first, to the first; what
        is about a question that is settled, or never was, to the last sample.
        """
        samples = []
        for entry in RecordFile(self._folder / RECORD):
            kind, about = entry["kind"], str(entry.get("about", self._latest))
            if kind in ("member", "join", "assign"):
                self._introduce(entry)
            if kind == "question":
                self._questions[about], self._latest = entry, about
                self._events[about] = self._events.pop("", []) + self._events[about]
            elif kind == "answer":
                self._events[about].append(self._answered(entry, about))
            elif kind == "outcome":
                samples.append(self._sample(entry, about))
            elif kind not in _APART:
                self._events[about].append(self._told(entry))
        if samples:
            samples[-1].events += [event for events in self._events.values() for event in events]
        return samples

    def _introduce(self, entry: Mapping[str, Any]) -> None:
        seat = entry["member"]
        self._names[seat] = entry.get("name", self._names.get(seat, f"Member {seat}"))
        self._models[seat] = entry.get("model", self._models.get(seat, ""))
        self._personas[seat] = entry.get("persona", self._personas.get(seat, ""))

    def _answered(self, entry: Mapping[str, Any], about: str) -> Event:
        from inspect_ai.event import ModelEvent
        from inspect_ai.model import ChatMessageSystem, ChatMessageUser, GenerateConfig, ModelOutput, ModelUsage

        seat = entry["member"]
        model = entry.get("fallback") or self._models.get(seat, "")
        reply = self._replies.get(entry.get("key", ""), {})
        asked: list[Any] = [ChatMessageUser(content=reply.get("text", ""))]
        if system := reply.get("system", self._personas.get(seat)):
            asked.insert(0, ChatMessageSystem(content=system))
        into, out = entry.get("tokens", (0, 0))
        used = ModelUsage(input_tokens=into, output_tokens=out, total_tokens=into + out,
                          input_tokens_cache_read=entry.get("cached"),
                          total_cost=entry.get("micro_usd", 0) / 1e6)  # fmt: skip
        before = self._usage[about].get(model)
        self._usage[about][model] = used if before is None else before + used
        output = ModelOutput.from_content(model, str(reply.get("answer", _words(entry.get("value")))))
        output.usage, output.time = used, float(entry["t"]) - float(entry.get("asked", entry["t"]))
        return ModelEvent(
            model=model, role=self._names.get(seat, f"Member {seat}"), input=asked, tools=[], tool_choice="none",
            config=GenerateConfig(), output=output, error=entry.get("reason"), completed=self._finished,
            timestamp=self._finished, working_start=float(entry.get("asked", entry["t"])),
            working_time=output.time, metadata={"t": entry["t"], "value": entry.get("value"), "member": seat}
            | {name: entry[name] for name in ("purpose", "saw", "key") if name in entry},
        )  # fmt: skip

    def _told(self, entry: Mapping[str, Any]) -> Event:
        from inspect_ai.event import InfoEvent

        data = {name: value for name, value in entry.items() if name != "kind"}
        return InfoEvent(source=entry["kind"], data=data, timestamp=self._finished, working_start=float(entry["t"]))

    def _sample(self, entry: Mapping[str, Any], about: str) -> EvalSample:
        from inspect_ai.log import EvalSample
        from inspect_ai.model import ChatMessageAssistant, ChatMessageUser, ModelOutput
        from inspect_ai.scorer import CORRECT, INCORRECT, NOANSWER, Score

        question, decided = self._questions.get(about, {}), _words(entry["decision"])
        score = None
        if "correct" in entry:
            value = NOANSWER if entry["decision"] is None else CORRECT if entry["correct"] else INCORRECT
            score = {"correct": Score(value=value, answer=decided)}
        text = question.get("text", about)
        facts = {name: value for name, value in entry.items() if name not in ("kind", "about", "gold")}
        return EvalSample(
            id=about, epoch=1, input=text, choices=list(question.get("options", ())) or None,
            target=_words(entry.get("gold")), scores=score, metadata=dict(question.get("facts", {})) | facts,
            messages=[ChatMessageUser(content=text), ChatMessageAssistant(content=decided)],
            output=ModelOutput.from_content("society_sim", decided), events=self._events.pop(about, []),
            model_usage=self._usage.pop(about, {}), completed_at=self._finished.isoformat(),
        )  # fmt: skip


def _words(value: Any) -> str:
    if value is None:
        return ""
    return value if isinstance(value, str) else str(value)
