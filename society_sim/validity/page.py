"""The page that shows how the suite came out: one self-contained file, the credential of the simulator."""

from __future__ import annotations

import math
import platform
import subprocess
from collections.abc import Iterable, Sequence
from html import escape
from pathlib import Path

from society_sim import __version__
from society_sim.backends.synthetic.parameters import digest
from society_sim.validity.findings import ALPHA, Finding
from society_sim.validity.rows import Row, rows
from society_sim.validity.suite import Told, verdict

_PARTS = {
    "A": "Aggregating judgements", "B": "Opinion dynamics", "C": "Social choice", "D": "Markets",
    "E": "Power, coalitions, bargaining", "F": "Time, cost, structure", "G": "Governance",
}  # fmt: skip
_STYLE = """
:root{color-scheme:light dark;--ink:#1b1f24;--soft:#5b6470;--line:#d5dae0;--paper:#fff;--good:#0a6b3d;--bad:#a3123a}
@media(prefers-color-scheme:dark){:root{--ink:#e7eaee;--soft:#9aa4b0;--line:#343b45;--paper:#14171b;--good:#5fd098;
--bad:#ff7d9c}}
body{font:15px/1.5 system-ui,sans-serif;color:var(--ink);background:var(--paper);max-width:72rem;margin:2rem auto;
padding:0 1rem}
h1{font-size:1.6rem;margin:0}h2{font-size:1.15rem;margin:2.2rem 0 .4rem}p{margin:.4rem 0;max-width:50rem}
table{border-collapse:collapse;width:100%;font-size:.9rem;font-variant-numeric:tabular-nums}
th,td{text-align:left;padding:.28rem .6rem .28rem 0;border-bottom:1px solid var(--line);vertical-align:top}
th{color:var(--soft);font-weight:600}td.n{text-align:right;white-space:nowrap}th.n{text-align:right}
tr.row td{border-bottom:0;padding-top:.9rem}tr.row b{font-weight:650}.soft{color:var(--soft)}
.good{color:var(--good)}.bad{color:var(--bad);font-weight:650}
svg{display:block;overflow:visible}svg line{stroke:var(--line)}svg .band{stroke:var(--soft);stroke-width:5;opacity:.45}
svg .mark{fill:var(--good)}svg .off{fill:var(--bad)}
@media(max-width:46rem){.wide{display:none}}
"""


def page(told: Sequence[Told]) -> str:
    """The outcome of a suite as HTML, which asks no network and runs no script."""
    done = {one.row for one in told}
    shown = [one for one in rows() if one.id in done]
    cases = [one for one in told if not one.mutant]
    mistakes = [one for one in told if one.mutant]
    green = sum(one.passed for one in cases)
    caught = sum(one.passed for one in mistakes)
    sums = f"{len(shown)} rows, {green} of {len(cases)} cases green"
    sums += f", {caught} of {len(mistakes)} mutants caught" if mistakes else ", no mutants tried"
    parts = []
    for letter in dict.fromkeys(one.id[0] for one in shown):
        body = "".join(_row(one, told) for one in shown if one.id[0] == letter)
        parts.append(f"<h2>{letter}. {_PARTS.get(letter, letter)}</h2><table><thead><tr><th>case</th><th>what</th>"
                     '<th class="n">expected</th><th class="n wide">in the literature</th><th class="n">observed</th>'
                     '<th class="n">accepted</th><th class="wide"></th><th class="n">draws</th>'
                     f'<th class="n wide">seed</th><th></th></tr></thead><tbody>{body}</tbody></table>')  # fmt: skip
    mood = "good" if verdict(told) else "bad"
    return (
        '<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta http-equiv="Content-Security-Policy" content="default-src \'none\'; style-src \'unsafe-inline\'">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>society_sim: validity</title><style>{_STYLE}</style></head><body>"
        f'<h1>Validity</h1><p class="{mood}">{escape(sums)}.</p>'
        "<p>Known results of the literature, reproduced by ordinary runs: a scenario, the rendered prompt, the "
        "answer's text, the parser, the rule. Shares are accepted inside the exact binomial region, means inside a "
        f"z-interval, both at {ALPHA:g}; what is refused is run once more with another seed and four times as many "
        "draws, and is red only if it is refused again. A mutant is a deliberate mistake that must turn its row "
        "red.</p>"
        f'<p class="soft">{escape(provenance())}</p>{"".join(parts)}</body></html>\n'
    )


def provenance() -> str:
    """Version, commit if this is a checkout, the synthetic model, and the Python."""
    return (f"society_sim {__version__}{_commit()}, synthetic@{digest()} (presets as the rows say), "
            f"Python {platform.python_version()}")  # fmt: skip


def _commit() -> str:
    here = Path(__file__).parent
    git = ["git", "-C", str(here), "describe", "--always", "--dirty", "--exclude", "*"]
    try:
        found = subprocess.run(git, capture_output=True, text=True, check=True, timeout=10)  # noqa: S603
    except (OSError, subprocess.SubprocessError):
        return ""
    return f" at {found.stdout.strip()}"


def _row(one: Row, told: Iterable[Told]) -> str:
    mine = [case for case in told if case.row == one.id]
    lines = [f'<tr class="row"><td colspan="10"><b>{one.id}</b> {escape(one.title)}. '
             f'<span class="soft">{escape(one.formula)} ({escape(one.source)})</span></td></tr>']  # fmt: skip
    for case in mine:
        if case.mutant:
            word, mood = ("caught", "good") if case.passed else ("NOT CAUGHT", "bad")
            lines.append(f'<tr><td class="soft">mutant</td><td class="soft" colspan="8">{escape(case.mutant)}'
                         f'{f" ({escape(case.case)})" if case.case else ""}</td><td class="{mood}">{word}</td></tr>')
            continue
        if case.error:
            lines.append(f'<tr><td>{escape(case.case)}</td><td colspan="8">{escape(case.error)}</td>'
                         '<td class="bad">failed</td></tr>')  # fmt: skip
        lines += [_finding(case, finding, place == 0) for place, finding in enumerate(case.findings)]
    return "".join(lines)


def _finding(case: Told, found: Finding, first: bool) -> str:
    word, mood = ("green", "good") if found.passed else ("RED", "bad")
    told = "" if found.reference is None else number(found.reference)
    return (f"<tr><td>{escape(case.case) if first else ''}</td><td>{escape(found.what)}</td>"
            f'<td class="n">{number(found.expected)}</td><td class="n wide">{told}</td>'
            f'<td class="n">{number(found.observed)}</td><td class="n">{number(found.low)} to {number(found.high)}</td>'
            f'<td class="wide">{_drawn(found)}</td><td class="n">{found.n:,}</td>'
            f'<td class="n wide">{case.stage}</td><td class="{mood}">{word}</td></tr>')  # fmt: skip


def _drawn(found: Finding) -> str:
    """The accepted region as a band, and the observed value as a dot on it."""
    if found.high <= found.low or not found.low < float("inf"):
        return ""
    at = min(116.0, max(4.0, 20 + 80 * (found.observed - found.low) / (found.high - found.low)))
    return ('<svg width="120" height="14" aria-hidden="true"><line x1="0" x2="120" y1="7" y2="7"/>'
            '<line class="band" x1="20" x2="100" y1="7" y2="7"/>'
            f'<circle class="{"mark" if found.passed else "off"}" cx="{at:.1f}" cy="7" r="4"/></svg>')  # fmt: skip


def number(value: float) -> str:
    """A number with as many digits as are worth reading.

    >>> number(0.733432), number(36.0), number(12345.678)
    ('0.73343', '36', '12,345.7')
    """
    if not math.isfinite(value):
        return "any" if value > 0 else str(value)
    if value == int(value) and abs(value) < 1e12:
        return f"{value:,.0f}"
    return f"{value:,.1f}" if abs(value) >= 1000 else f"{value:.5g}"
