"""A bench for the synthetic model: banks of items, members that answer them, and the figures of the calibration.

Everything goes the ordinary way: a rendered prompt, `submit`, the form's own parser. Run this file to print the table
of docs/synthetic.md.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from society_sim.backends.synthetic import Synthetic, synthetic
from society_sim.forms import Choice, Confident, Form
from society_sim.seal import Sealed
from society_sim.streams import lot, normal, seed_of, uniforms
from society_sim.values import Item, Query

LETTERS = tuple("ABCDEFGHIJKLMNOPQRSTUVWXYZ") + tuple(f"Z{k}" for k in range(60))


@dataclass(frozen=True)
class Problem:
    """An item and, for the bench's own scoring, its gold answer."""

    item: Item
    gold: str


def bank(size: int, options: int = 4, name: str = "bank", letters: Sequence[str] = LETTERS) -> list[Problem]:
    """*size* items with *options* options; gold is drawn fairly."""
    among = tuple(letters[:options])
    problems = []
    for number in range(size):
        gold = lot(among, 0, name, number)
        problems.append(Problem(Item(f"{name}-{number}", f"Which is it in case {number}?", among, Sealed(gold)), gold))
    return problems


def query(
    item: Item | None, seat: int, model: str, *, said: str = "", form: Form | None = None, run: int = 1,
    occurrence: int = 0, system: str = "", temperature: float = 0.7, text: str | None = None, scope: str = "",
) -> Query:  # fmt: skip
    """The query that a society would send: *said* stands after the item's text."""
    form = form or Choice(item.options)
    words = (item.text if text is None and item else text or "") + (f"\n{said}" if said else "")
    seed = seed_of(run, "answer", item.id if item else scope, seat, occurrence)
    return Query(member=seat, occurrence=occurrence, model=model, system=system, text=f"{words}\n\n{form.hint()}",
                 form=form, seed=seed, item=item, temperature=temperature, key="00")  # fmt: skip


def value(model: Synthetic, asked: Query) -> Any:
    """What the form reads in the model's reply."""
    return asked.form.parse(model.submit(asked).result().text)


def table(model: Synthetic, problems: list[Problem], seats: Sequence[str], **more: Any) -> np.ndarray:
    """Answers as option numbers, gold is 0 and the wrong ones 1, 2, ... : items x seats."""
    found = np.empty((len(problems), len(seats)), dtype=np.int64)
    for row, problem in enumerate(problems):
        others = [option for option in problem.item.options if option != problem.gold]
        place = {option: 1 + k for k, option in enumerate(others)} | {problem.gold: 0}
        for seat, name in enumerate(seats):
            found[row, seat] = place[value(model, query(problem.item, seat, name, **more))]
    return found


def confident(model: Synthetic, problems: list[Problem], seats: Sequence[str]) -> tuple[np.ndarray, np.ndarray]:
    """(answers as in `table`, stated confidences)."""
    answers = np.empty((len(problems), len(seats)), dtype=np.int64)
    sure = np.empty((len(problems), len(seats)))
    for row, problem in enumerate(problems):
        form = Confident(Choice(problem.item.options))
        others = [option for option in problem.item.options if option != problem.gold]
        place = {option: 1 + k for k, option in enumerate(others)} | {problem.gold: 0}
        for seat, name in enumerate(seats):
            said = value(model, query(problem.item, seat, name, form=form))
            answers[row, seat], sure[row, seat] = place[said.value], said.confidence
    return answers, sure


def plurality(answers: np.ndarray, options: int, weights: np.ndarray | None = None, name: str = "tie") -> np.ndarray:
    """The winner of each row, ties tossed fairly (by named luck)."""
    weight = np.ones(answers.shape) if weights is None else weights
    counts = np.stack([np.where(answers == k, weight, 0.0).sum(axis=1) for k in range(options)], axis=1)
    toss = np.array([uniforms(0, name, row)[0] for row in range(len(answers))])
    tied = np.abs(counts - counts.max(axis=1, keepdims=True)) < 1e-9
    pick = (toss * tied.sum(axis=1)).astype(int)
    return (np.cumsum(tied, axis=1) > pick[:, None]).argmax(axis=1)


def pair(answers: np.ndarray, one: int, two: int) -> tuple[float, float]:
    """(phi of correctness, agreement when both are wrong) of two columns."""
    a, b = answers[:, one] == 0, answers[:, two] == 0
    both = ~a & ~b
    return float(np.corrcoef(a, b)[0, 1]), float((answers[both, one] == answers[both, two]).mean())


def ece(right: np.ndarray, sure: np.ndarray) -> float:
    """Expected calibration error over the stated levels."""
    levels = np.unique(sure)
    return float(sum(abs(right[sure == one].mean() - one) * (sure == one).mean() for one in levels))


def auroc(score: np.ndarray, right: np.ndarray) -> float:
    """Probability that a right answer scores above a wrong one, ties half."""
    levels = np.unique(score)
    good = np.array([(score[right] == one).mean() for one in levels])
    bad = np.array([(score[~right] == one).mean() for one in levels])
    return float((good * (np.cumsum(bad) - bad / 2)).sum())


def half_width(p: float, n: int, z: float = 3.29) -> float:
    """Half of an interval of 99.9 % for a share."""
    return z * math.sqrt(max(p * (1 - p), 1e-9) / n)


def debate(model: Synthetic, problems: list[Problem], seats: Sequence[str], rounds: int) -> list[np.ndarray]:
    """All-to-all debate: everybody sees everybody's last answer, confidence and reason, and its own."""
    from society_sim.forms import Fields, Number, Text

    steps = [np.empty((len(problems), len(seats)), dtype=np.int64) for _ in range(rounds + 1)]
    for row, problem in enumerate(problems):
        others = [option for option in problem.item.options if option != problem.gold]
        place = {option: 1 + k for k, option in enumerate(others)} | {problem.gold: 0}
        form = Fields({"answer": Choice(problem.item.options), "confidence": Number(0, 100), "reason": Text(300)})
        said = [value(model, query(problem.item, seat, name, form=form)) for seat, name in enumerate(seats)]
        for step in range(rounds + 1):
            if step:
                lines = [f"{one['answer']} ({one['confidence']:.0f}%) because {one['reason']}" for one in said]
                said = [
                    value(model, query(problem.item, seat, name, form=form, said="\n".join(
                        [f"Round {step}."] + [f"M{k}: {line}" for k, line in enumerate(lines) if k != seat]
                        + [f"Your earlier answer: {lines[seat]}"])))
                    for seat, name in enumerate(seats)
                ]  # fmt: skip
            steps[step][row] = [place[one["answer"]] for one in said]
    return steps


def urn(model: Synthetic, problems: list[Problem], seats: Sequence[str], rounds: int) -> list[np.ndarray]:
    """The martingale: every round shows all that peers have ever answered."""
    steps = [np.empty((len(problems), len(seats)), dtype=np.int64) for _ in range(rounds + 1)]
    for row, problem in enumerate(problems):
        history: list[list[str]] = []
        for step in range(rounds + 1):
            said = []
            for seat, name in enumerate(seats):
                shown = "\n".join(
                    f"In round {n + 1} the others say: {', '.join(v for k, v in enumerate(one) if k != seat)}."
                    for n, one in enumerate(history)
                )
                said.append(value(model, query(problem.item, seat, name, said=shown)))
            history.append(said)
            steps[step][row] = [int(one != problem.gold) for one in said]
    return steps


VENDORS = [f"vendor-{k}/model-1" for k in range(9)]
FAMILY = [f"vendor-0/model-{k}" for k in range(9)]
CLONES = ["vendor-0/model-0"] * 9


def show(line: Callable[[str], object] = print, size: int = 20_000) -> None:
    """Print the table: target and achieved."""
    targets = {
        "helm-weak": (0.289, 0.462, 0.352, 0.511, 0.59, 0.35),
        "helm-mid": (0.474, 0.621, 0.503, 0.645, 0.68, 0.20),
        "helm-strong": (0.518, 0.722, 0.641, 0.786, 0.76, 0.09),
    }
    for preset, target in targets.items():
        found = table(synthetic(preset=preset), bank(size), ["a/1", "b/1", "a/2", "a/1"])
        cross, same, clone = pair(found, 0, 1), pair(found, 0, 2), pair(found, 0, 3)
        change = float((found[:, 0] != found[:, 3]).mean())
        line(f"{preset} acc {np.mean(found == 0):.3f} target {target} achieved "
             f"{cross[0]:.3f} {cross[1]:.3f} {same[0]:.3f} {same[1]:.3f} {clone[0]:.3f} {change:.3f}")  # fmt: skip
    for name, preset, seats in (("independent", "independent", VENDORS), ("vendors", "helm-mid", VENDORS),
                                ("family", "helm-mid", FAMILY), ("model", "helm-mid", CLONES)):  # fmt: skip
        nine = table(synthetic(preset=preset, accuracy=0.70), bank(size), seats)
        sixty = table(synthetic(preset=preset, accuracy=0.60), bank(size), seats)
        teams = np.stack([plurality(sixty[:, k : k + 3], 4, name=f"t{k}") for k in (0, 3, 6)], axis=1)
        flat, tree = plurality(sixty, 4) == 0, plurality(teams, 4, name="top") == 0
        line(f"nine {name}: plurality at .70 {np.mean(plurality(nine, 4) == 0):.3f}; X1 at .60 single "
             f"{np.mean(sixty == 0):.3f} flat {flat.mean():.3f} 3x3 {tree.mean():.3f} "
             f"difference {flat.mean() - tree.mean():.4f}")  # fmt: skip
    for how, preset, accuracy in (("calibrated", "helm-mid", 0.7), ("frontier", "helm-strong", 0.85),
                                  ("mid", "helm-mid", 0.7), ("small", "helm-weak", 0.52)):  # fmt: skip
        found, sure = confident(synthetic(preset=preset, accuracy=accuracy, confidence=how), bank(size), ["a"])
        right, sure = found[:, 0] == 0, sure[:, 0]
        line(f"confidence {how}: acc {right.mean():.3f} mean {sure.mean():.3f} ece {ece(right, sure):.3f} "
             f"auroc {auroc(sure, right):.3f} in 80-100 {np.mean(sure > 0.79):.3f}")  # fmt: skip
    accuracies = {"a": 0.85, "b": 0.70, "c": 0.70, "d": 0.55, "e": 0.55}
    for preset, how in (("independent", "calibrated"), ("helm-mid", "calibrated"), ("helm-mid", "mid"),
                        ("helm-mid", {"d": "small", "e": "small"})):  # fmt: skip
        model = synthetic(preset=preset, accuracy=accuracies, confidence=how)
        found, sure = confident(model, bank(size), list(accuracies))
        bounded = np.clip(sure, 0.01, 0.99)
        log_odds = np.log(bounded / (1 - bounded))
        pooled = log_odds + np.log(3)
        line(f"X2 {preset} {how}: plurality {np.mean(plurality(found, 4) == 0):.3f} by confidence "
             f"{np.mean(plurality(found, 4, sure) == 0):.3f} by logit {np.mean(plurality(found, 4, log_odds) == 0):.3f}"
             f" pooled {np.mean(plurality(found, 4, pooled) == 0):.3f} best {np.mean(found[:, 0] == 0):.3f}")
    found = table(synthetic(preset="open-answer"), bank(4000, options=31), ["a"] * 40)
    line("open-answer " + " ".join(f"{k}: {np.mean(plurality(found[:, :k], 31) == 0):.3f}" for k in (1, 5, 10, 20, 40)))
    for kappa in (0, 0.3, 0.4, 0.5):
        steps = debate(synthetic(preset="helm-mid", kappa=kappa), bank(size // 2), VENDORS[:5], 3)
        line(f"debate kappa {kappa}: " + " ".join(f"{np.mean(plurality(one, 4) == 0):.3f}" for one in steps)
             + f" single {np.mean(steps[0] == 0):.3f} -> {np.mean(steps[-1] == 0):.3f}")  # fmt: skip
    steps = urn(synthetic(preset="independent", accuracy=0.6), bank(size, options=2), VENDORS[:5], 5)
    line("urn single " + " ".join(f"{np.mean(one == 0):.3f}" for one in steps)
         + " majority " + " ".join(f"{np.mean(plurality(one, 2) == 0):.3f}" for one in steps))  # fmt: skip


if __name__ == "__main__":
    show()

assert normal(0.5) == 0  # the bench and the model use the same quantile
