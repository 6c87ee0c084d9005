"""`society-sim tape`: look into tapes, merge them, take out what failed."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from society_sim.tapes import Summary

app = typer.Typer(no_args_is_help=True, add_completion=False, rich_markup_mode=None,
                  help="Look into tapes of answers, merge them, take out what failed.")  # fmt: skip

TapeArgument = Annotated[Path, typer.Argument(metavar="RUN", help="A run's folder, or a tape.")]
Json = Annotated[bool, typer.Option("--json", help="Print JSON, and nothing else.")]


@app.command()
def show(run: TapeArgument, json: Json = False) -> None:
    """Say what was asked, what came back, and what it cost."""
    from society_sim import tapes
    from society_sim.cli import printing

    with printing.told():
        found = tapes.look(run)
        if json:
            printing.json(_plain(found))
        else:
            from society_sim.cli.telling import rows

            printing.console().print(rows(_lines(found)))


@app.command()
def asked(
    run: TapeArgument,
    member: Annotated[int | None, typer.Option(help="Only what this member (a seat) was asked.")] = None,
    json: Json = False,
) -> None:
    """Print each question with its answer, in the order in which the answers came."""
    from society_sim import tapes
    from society_sim.cli import printing
    from society_sim.readable import clean

    with printing.told():
        for one in tapes.asked(run):
            if member is not None and one.get("member") != member:
                continue
            if json:
                printing.json(one)
            else:
                cost = f", {one['in']} + {one['out']} tokens" if "in" in one else ""
                said = f"({one['reason']})" if "reason" in one else ""
                printing.say(f"member {one.get('member')}{cost}", style="bold")
                printing.say(clean(one.get("text", "")), style="dim")
                printing.say(f"{clean(one.get('answer', ''))} {said}".strip() + "\n")


@app.command()
def merge(
    into: Annotated[Path, typer.Argument(metavar="TAPE", help="The tape that is made, or added to.")],
    runs: Annotated[list[Path], typer.Argument(metavar="RUN...", help="Runs' folders, or tapes; they stay as is.")],
) -> None:
    """Put the answers of several tapes together in one."""
    from society_sim import tapes
    from society_sim.cli import printing

    with printing.told():
        printing.say(f"{into}: {tapes.merge(into, runs):,} answers")


@app.command()
def prune(run: TapeArgument) -> None:
    """Take the failures off a tape, so that they are asked again, and prompts that belong to nothing."""
    from society_sim import tapes
    from society_sim.cli import printing

    with printing.told():
        failures, prompts = tapes.prune(run)
        printing.say(f"{failures:,} failures and {prompts:,} prompts taken off")


def _lines(found: Summary) -> list[tuple[str, str]]:
    from society_sim.ledger import money

    def counted(counts: Mapping[str, int]) -> str:
        return ", ".join(f"{count:,} {name or '(unnamed)'}" for name, count in sorted(counts.items())) or "none"

    spent, doubtful = found.spent, found.doubtful
    lines = [("tape", str(found.path)), ("answers", f"{found.answers:,}, {found.reused:,} of them from other tapes"),
             ("by model", counted(found.models)), ("abstentions", counted(found.reasons)),
             ("requests", f"{found.attempts:,} to endpoints; failed: {counted(found.failures)}"),
             ("tokens read", f"{found.tokens_in:,}, {found.cached_share:.0%} of them from a prefix cache"),
             ("tokens written", f"{found.tokens_out:,}, {found.reasoning:,} of them reasoning"),
             ("paid here", money(spent.micro_usd))]  # fmt: skip
    if doubtful.micro_usd or doubtful.tokens:
        lines.append(("in doubt", f"at most {money(doubtful.micro_usd)}, {doubtful.tokens:,} tokens, for calls "
                                  "that broke off"))  # fmt: skip
    if found.damaged:
        lines.append(("damaged", f"{found.damaged:,} lines passed over"))
    return lines


def _plain(found: Summary) -> dict[str, Any]:
    names = ("answers", "reused", "models", "reasons", "attempts", "failures", "tokens_in", "tokens_out", "cached",
             "reasoning", "damaged")  # fmt: skip
    whole = {name: getattr(found, name) for name in names}
    return {"tape": str(found.path), **whole, "micro_usd": found.spent.micro_usd,
            "doubtful_micro_usd": found.doubtful.micro_usd}  # fmt: skip
