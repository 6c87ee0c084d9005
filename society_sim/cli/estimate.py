"""`society-sim estimate`: what a run or an experiment will take, and what design fits a budget."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from society_sim.cli.arguments import Concurrency, Json, ScenarioArgument, Seed, Sets
from society_sim.cli.printing import console, say, told
from society_sim.cli.printing import json as print_json
from society_sim.cli.telling import rows
from society_sim.ledger import money
from society_sim.readable import number

if TYPE_CHECKING:
    from society_sim.estimating import Estimate, Fit, Means, Range

_NAMES = {"questions": "calls", "requests": "requests", "read": "tokens read", "cached": "  from a cache",
          "written": "tokens written", "tokens": "tokens", "micro_usd": "money", "seconds": "wall time",
          "time": "simulated time"}  # fmt: skip
_ARMS = 24
"""How many arms are shown."""


def estimate(
    scenario: ScenarioArgument,
    sets: Sets = None,
    seed: Seed = 0,
    seeds: Annotated[int | None, typer.Option(min=1, help="Estimate an experiment with so many seeds.")] = None,
    budget: Annotated[str | None, typer.Option(metavar="AMOUNT", help=(
        "What it may take: US dollars, or an amount with its unit, such as '200000 tokens' or '900 calls'. Shows what "
        "design fits."))] = None,
    assume: Annotated[list[str] | None, typer.Option("--assume", metavar="NAME=VALUE", help=(
        "What is known of the models: preset, accuracy, written, spread, characters, failures, cached, first, each. "
        "May be repeated."))] = None,
    pilot: Annotated[Path | None, typer.Option(metavar="RUN", help=(
        "Take what is known of the models from that run, or tape: tokens read and written, failures."))] = None,
    rate: Annotated[float, typer.Option(help="How often an interval is to hold what comes.")] = 0.9,
    out: Annotated[Path, typer.Option(help="Where runs' folders are: what is there already costs nothing.")] = Path(
        "runs"),
    concurrency: Concurrency = 64,
    json: Json = False,
) -> None:  # fmt: skip
    """Say what a run or an experiment will take, without asking anything.

    Models that would cost are played by the synthetic one, at their own prices, on the very prompts of the run. Calls,
    tokens, money and time come as intervals for a new run, beside a bound that is never passed. With arms, a grid or
    --seeds, all runs of the experiment are counted that are not there yet.
    """
    with told():
        from society_sim.estimating import assumptions, fitting, means
        from society_sim.estimating import estimate as estimated
        from society_sim.scenario import Scenario

        wanted = None if budget is None else means(budget)
        how: dict[str, Any] = {"seed": seed, "out": out, "level": rate, "assumed": assumptions(assume or (), pilot),
                               "concurrency": concurrency}  # fmt: skip
        read = Scenario.read(scenario, sets or ())
        with _busy("playing dry runs", quiet=json):
            found = estimated(read, seeds=seeds, **how)
        if not json:
            _tell(found)
        fits = None
        if wanted is not None:
            with _busy("looking for what fits", quiet=json):
                fits = fitting(read, wanted, found, seeds=seeds, **how)
        if json:
            print_json(_plain(found, wanted, fits))
        elif wanted is not None and fits is not None:
            _tell_fits(found, wanted, fits)


def _busy(words: str, *, quiet: bool) -> Any:
    """A line on a terminal for as long as something goes on."""
    from contextlib import nullcontext

    terminal = console(stderr=True)
    return nullcontext() if quiet or not terminal.is_terminal else terminal.status(words)


def _tell(found: Estimate) -> None:
    many = found.runs != 1 or len(found.seeds) > 1
    runs = f"{found.runs:,} runs, seeds 0 to {found.seeds[-1]:,}" if many else f"seed {found.seeds[0]}"
    say(f"{found.name}, {runs}: estimated from {found.dry} dry run{'s' if found.dry > 1 else ''}"
        f"{' of each' if many and found.dry > 1 else ''}; nobody was asked", style="bold")  # fmt: skip
    for line in _models(found):
        say(line, style="dim")
    if found.there.runs or found.there.begun:
        say(_there(found))
    if not found.runs:
        say("nothing is left to be run")
        return
    say("")
    if not found.models:
        say(f"{found.free:,} answers and {found.free_tokens:,} tokens, all of models that cost nothing: $0")
        return
    most = found.most
    at_most = {} if most is None else {
        "questions": f"{found.questions:,}", "requests": f"{most.calls:,}", "tokens": f"{most.tokens:,}",
        "micro_usd": _money(found, most.micro_usd)}  # fmt: skip
    shown = [(_NAMES[name], *_range(name, found.total[name], found), at_most.get(name, "")) for name in _NAMES
             if found.total[name].high and (name != "time" or not many)]  # fmt: skip
    console().print(rows(shown, head=["", f"{100 * found.level:g} % interval", "about", "at most"], right=[2, 3]))
    if found.free:
        say(f"beside them {found.free:,} answers of models that cost nothing", style="dim")
    if len(found.arms) > 1:
        say("")
        axes = _axes(found)
        head = ["arm", *axes, "runs", "calls", "tokens", "money of all", "about"]
        console().print(rows(_arms(found), head=head, right=[len(axes) + 1, len(axes) + 5]))
        if len(found.arms) > _ARMS:
            say(f"and {len(found.arms) - _ARMS:,} more", style="dim")
        if any("(matched)" in arm.name for arm in found.arms):
            say("matched: the baseline that is as dear as its arm; compare.matched=false leaves it out", style="dim")
    say("")
    console().print(rows(found.assumed.lines(), head=["assumed", "", "how sure"]))
    for line in _notes(found):
        say(line, style="dim")


def _models(found: Estimate) -> Iterator[str]:
    for name, mark in found.models.items():
        yield f"{name}: {mark}, played by the synthetic model at its own price"
    for name, why in found.unpriced.items():
        yield f"{name} has no price, so no money is counted for it: {why}"


def _there(found: Estimate) -> str:
    there = found.there
    words = []
    if there.runs:
        words.append(f"{there.runs:,} run{'s are' if there.runs > 1 else ' is'} there already")
    if there.begun:
        words.append(f"{there.begun:,} {'are' if there.begun > 1 else 'is'} begun")
    return (f"{' and '.join(words)}, with {there.answers:,} answers on tape that cost {money(there.micro_usd)}; what "
            "follows is what is left")  # fmt: skip


def _notes(found: Estimate) -> Iterator[str]:
    yield "it stops, to be taken up again, before it takes more than the bound"
    if not found.sure:
        yield "the bound is that of some seeds, the dearest for all others; --budget of `experiment` holds in any case"
    if found.most is not None and found.cap != found.most:
        yield f"the scenario's own budget for each run ({found.budget.told(found.budget)}) may stop it earlier"


def _arms(found: Estimate) -> Iterator[list[str]]:
    for arm in found.arms[:_ARMS]:
        calls, tokens, cost = (_span(name, arm.all[name], found) for name in ("questions", "tokens", "micro_usd"))
        yield [arm.name, *(arm.point.get(axis, "") for axis in _axes(found)), f"{arm.runs:,}", calls, tokens, cost,
               _told("micro_usd", arm.all["micro_usd"].middle, found)]  # fmt: skip


def _axes(found: Estimate) -> list[str]:
    return list(dict.fromkeys(axis for arm in found.arms for axis in arm.point))


def _tell_fits(found: Estimate, budget: Means, fits: list[Fit]) -> None:
    from society_sim.estimating.shrinking import UNITS, sight

    say("")
    takes, name = budget.of(found), UNITS[budget.unit]
    if not fits:
        bound = {"usd": "micro_usd", "tokens": "tokens", "calls": "calls"}[budget.unit]
        sure = found.most is not None and getattr(found.most, bound) <= budget.amount
        how = ": even its bound does" if sure else (f", at {100 * found.level:g} %; should it come dearer, a budget "
                                                    "stops it in time")  # fmt: skip
        say(f"it fits a budget of {budget.told()}{how}", style="bold")
        return
    say(f"a budget of {budget.told()} does not cover it ({_span(name, takes, found)}); what does", style="bold")
    full = sight(found)
    compared = full is not None and full.power is not None
    head = ["fewer", "from", "to", "takes", "about", *(["sees", "power"] if compared else ["accuracy"] if full else []),
            "set"]  # fmt: skip
    shown = []
    for fit in fits:
        seen = [] if full is None else ["", ""] if compared else [""]
        if fit.sight is not None:
            seen = [f"{fit.sight.smallest:.3f}", f"{fit.sight.power:.2f}"] if compared and fit.sight.power is not None \
                else [f"+-{fit.sight.smallest:.3f}"]  # fmt: skip
        cost = budget.of(fit.found)
        shown.append([fit.what + ("" if fit.same else " *"), ", ".join(map(str, fit.before)),
                      ", ".join(map(str, fit.after)), _span(name, cost, fit.found), _told(name, cost.middle, fit.found),
                      *seen, " ".join(f"--set {one}" for one in fit.sets)])  # fmt: skip
    console().print(rows(shown, head=head, right=[4]))
    if any(not fit.same for fit in fits):
        say("* changes what is compared, and not only how sharply it is seen", style="dim")
    if full is not None and compared:
        say(f"sees: the difference that is seen with power 0.8 (now {full.smallest:.3f}); power: with which that one "
            "is seen then; by the preset's decisions, question by question", style="dim")  # fmt: skip
    elif full is not None:
        say(f"accuracy: half the width of its 95 % interval (now {full.smallest:.3f}), at the preset's", style="dim")


def _range(name: str, found: Range, whole: Estimate) -> tuple[str, str]:
    return _span(name, found, whole), _told(name, found.middle, whole)


def _span(name: str, found: Range, whole: Estimate) -> str:
    low, high = _told(name, found.low, whole), _told(name, found.high, whole)
    return low if low == high else f"{low} to {high}"


def _told(name: str, value: float, found: Estimate) -> str:
    if name == "micro_usd":
        return _money(found, value)
    if name == "seconds":
        return duration(value)
    return number(value) if name == "time" else f"{value:,.0f}"


def _money(found: Estimate, value: float) -> str:
    return "not known" if found.unpriced and len(found.unpriced) == len(found.models) else money(value)


def duration(seconds: float) -> str:
    """*seconds* as one says it.

    >>> duration(0.42), duration(75), duration(7260)
    ('0.4 s', '1 min 15 s', '2 h 1 min')
    """
    if seconds < 10:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    if not minutes:
        return f"{rest} s"
    hours, minutes = divmod(minutes, 60)
    return f"{hours:,} h {minutes} min" if hours else f"{minutes} min {rest} s"


def _plain(found: Estimate, budget: Means | None, fits: list[Fit] | None) -> dict[str, Any]:
    """The estimate as plain data."""
    most = found.most
    made: dict[str, Any] = {
        "name": found.name, "seeds": len(found.seeds), "runs": found.runs, "level": found.level, "dry": found.dry,
        "total": _amounts(found.total),
        "most": None if most is None else {"questions": found.questions, "calls": most.calls, "tokens": most.tokens,
                                           "micro_usd": most.micro_usd, "each_run": found.sure},
        "arms": [{"arm": arm.name, "point": dict(arm.point), "runs": arm.runs, "each": _amounts(arm.each),
                  "all": _amounts(arm.all)} for arm in found.arms],
        "models": dict(found.models), "unpriced": dict(found.unpriced), "free_answers": found.free,
        "there": {"runs": found.there.runs, "begun": found.there.begun, "answers": found.there.answers,
                  "micro_usd": found.there.micro_usd},
        "assumed": {name: words for name, words, _ in found.assumed.lines()},
    }  # fmt: skip
    if budget is not None and fits is not None:
        made["budget"] = {"amount": budget.amount, "unit": budget.unit, "fits": not fits}
        made["designs"] = [{"what": fit.what, "before": fit.before, "after": fit.after, "set": fit.sets,
                            "takes": budget.of(fit.found)._asdict(), "same_comparison": fit.same,
                            "sight": None if fit.sight is None else fit.sight._asdict()} for fit in fits]  # fmt: skip
    return made


def _amounts(found: Mapping[str, Range]) -> dict[str, list[float]]:
    return {name: [part if math.isfinite(part) else 0.0 for part in one] for name, one in found.items()}
