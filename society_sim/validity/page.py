"""The page that shows how the suite came out: one self-contained file, the credential of the simulator."""

from __future__ import annotations

import inspect
import math
import platform
import re
import subprocess
from collections.abc import Sequence
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
:root{color-scheme:light dark;--ink:#1b1f24;--soft:#58616c;--line:#d9dee4;--paper:#fff;--card:#f5f7f9;--good:#0a6b3d;
--bad:#a3123a}
@media(prefers-color-scheme:dark){:root{--ink:#e7eaee;--soft:#9aa4b0;--line:#343b45;--paper:#14171b;--card:#1c2127;
--good:#5fd098;--bad:#ff7d9c}}
*{box-sizing:border-box}
body{font:15px/1.5 system-ui,sans-serif;color:var(--ink);background:var(--paper);max-width:74rem;margin:2rem auto;
padding:0 1rem}
h1{font-size:1.6rem;margin:0}h2{font-size:1.2rem;margin:2.6rem 0 0;padding-bottom:.3rem;
border-bottom:2px solid var(--line)}h3{font-size:1rem;margin:1.5rem 0 0}p{margin:.35rem 0;max-width:52rem}
a{color:inherit}.verdict{font-size:1.1rem;font-weight:600}
nav{display:flex;flex-wrap:wrap;gap:.35rem;margin:1rem 0}
nav a{background:var(--card);border:1px solid var(--line);border-radius:.3rem;padding:.05rem .5rem;font-size:.85rem;
text-decoration:none}nav a:hover{border-color:var(--soft)}
.scroll{overflow-x:auto}
table{border-collapse:collapse;width:100%;font-size:.88rem;font-variant-numeric:tabular-nums;margin-top:.4rem}
th,td{text-align:left;padding:.22rem .8rem .22rem 0;border-bottom:1px solid var(--line);vertical-align:top}
th{color:var(--soft);font-weight:500}.n{text-align:right;white-space:nowrap}td:last-child,th:last-child{padding-right:0}
code{font:.92em ui-monospace,monospace;overflow-wrap:anywhere}.soft{color:var(--soft)}
.good{color:var(--good)}.bad{color:var(--bad);font-weight:650}.apart{border-bottom:1px dotted var(--soft)}
svg{display:block;overflow:visible}svg line{stroke:var(--line)}svg .band{stroke:var(--soft);stroke-width:5;opacity:.45}
svg .mark{fill:var(--good)}svg .off{fill:var(--bad)}
@media(max-width:52rem){thead{display:none}tr{display:flex;flex-wrap:wrap;gap:0 .9rem;padding:.35rem 0;
border-bottom:1px solid var(--line)}td,.n{border:0;padding:0;text-align:left}.whole{flex-basis:100%}
td:empty{display:none}td[data-h]::before{content:attr(data-h) " ";color:var(--soft)}}
@media print{nav{display:none}}
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
        parts.append(f"<h2>{letter}. {_PARTS.get(letter, letter)}</h2>")
        parts += [_row(one, [case for case in told if case.row == one.id]) for one in shown if one.id[0] == letter]
    absent = "".join(f"<p>Left out: {one.id}, which needs {escape(one.needs)}.</p>"
                     for one in rows() if not one.possible)  # fmt: skip
    mood = "good" if verdict(told) else "bad"
    return (
        '<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta http-equiv="Content-Security-Policy" content="default-src \'none\'; style-src \'unsafe-inline\'">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>society_sim: validity</title><style>{_STYLE}</style></head><body>"
        f'<h1>Validity</h1><p class="verdict {mood}">{escape(sums)}.</p>'
        "<p>Known results of the literature, reproduced by ordinary runs: a scenario, the rendered prompt, the "
        "answer's text, the parser, the rule. Shares are accepted inside the exact binomial region, means "
        "inside Student's interval rid of skewness, those of few runs where runs of another program lie, laws within "
        f"Kolmogorov's distance, all at {ALPHA:g}; what is refused is run once more with another seed and four times "
        "as many draws, and is red only if it is refused again. A mutant is a deliberate mistake that must turn its "
        "row red.</p>"
        "<p><i>Expected</i> is computed here, from the formula; <i>printed</i> is the number in the literature or in "
        'a table that was made by other code, <span class="apart">underlined</span> where the two differ by more than '
        "rounding.</p>"
        f'<p class="soft">{escape(provenance())}</p>{absent}<nav aria-label="rows">{_links(shown, told)}</nav>'
        f"{''.join(parts)}</body></html>\n"
    )


def _links(shown: Sequence[Row], told: Sequence[Told]) -> str:
    moods = {one.id: verdict(case for case in told if case.row == one.id) for one in shown}
    return "".join(f'<a href="#{one.id}" class="{"good" if moods[one.id] else "bad"}" title="{escape(one.title)}">'
                   f'{one.id}{"" if moods[one.id] else " red"}</a>' for one in shown)  # fmt: skip


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


_HEAD = (
    '<thead><tr><th>case</th><th>what</th><th class="n">expected</th><th class="n">printed</th>'
    '<th class="n">observed</th><th class="n">accepted</th><th></th><th class="n">draws</th>'
    '<th class="n">seed</th><th></th></tr></thead>'
)


def _row(one: Row, mine: Sequence[Told]) -> str:
    about = re.sub(r"\*(\w+)\*", r"\1", " ".join(inspect.cleandoc(one.check.__doc__ or "").split()))
    lines = []
    for case in mine:
        if case.mutant:
            continue
        if case.error:
            lines.append(f'<tr><td>{escape(case.case)}</td><td colspan="8">{escape(case.error)}</td>'
                         '<td class="bad">failed</td></tr>')  # fmt: skip
        lines += [_finding(case, finding, place == 0) for place, finding in enumerate(case.findings)]
    table = f'<div class="scroll"><table>{_HEAD}<tbody>{"".join(lines)}</tbody></table></div>' if lines else ""
    return (f'<h3 id="{one.id}">{one.id} {escape(one.title)}</h3><p><code>{escape(one.formula)}</code></p>'
            f'<p class="soft">{escape(about)} <i>{escape(one.source)}.</i></p>{table}'
            f'{"".join(_mutant(case) for case in mine if case.mutant)}')  # fmt: skip


def _mutant(case: Told) -> str:
    word, mood = ("caught", "good") if case.passed else ("failed" if case.error else "NOT CAUGHT", "bad")
    off = next((finding for finding in case.findings if not finding.passed), None)
    why = case.error or (off and f"{off.what}: {number(off.observed)}, not {_accepted(off)}")
    where = f" ({case.case})" if case.case else ""
    return (f'<p>Mutant <q>{escape(case.mutant)}</q>{escape(where)}: <span class="{mood}">{word}</span>'
            f'{f", <span class=soft>{escape(why)}</span>" if why else ""}</p>')  # fmt: skip


def _finding(case: Told, found: Finding, first: bool) -> str:
    word, mood = ("green", "good") if found.passed else ("RED", "bad")
    told = "" if found.reference is None else number(found.reference)
    mark = ' class="apart"' if found.reference is not None and apart(found.expected, found.reference) else ""
    return (f'<tr><td class="whole">{escape(case.case) if first else ""}</td>'
            f'<td class="whole">{escape(found.what)}</td>'
            f'<td class="n" data-h="expected">{number(found.expected)}</td>'
            f'<td class="n"{told and " data-h=printed"}>{told and f"<span{mark}>{told}</span>"}</td>'
            f'<td class="n" data-h="observed">{number(found.observed)}</td>'
            f'<td class="n" data-h="accepted">{_accepted(found)}</td><td>{_drawn(found)}</td>'
            f'<td class="n" data-h="draws">{found.n:,}</td><td class="n" data-h="seed">{case.stage}</td>'
            f'<td class="{mood}">{word}</td></tr>')  # fmt: skip


def _accepted(found: Finding) -> str:
    low, high = number(found.low), number(found.high)
    if low == high:
        return low
    if abs(found.low + found.high) < 1e-12:
        return f"± {high}"
    return f"from {low}" if found.high == math.inf else f"{low} to {high}"


def apart(expected: float, printed: float) -> bool:
    """Whether *printed* is no rounding of *expected*, to as many digits as it has.

    >>> apart(0.73343, 0.7334), apart(0.73343, 0.735), apart(36.0, 36.0)
    (False, True, False)
    """
    digits = len(repr(printed).partition(".")[2])
    return abs(expected - printed) > 0.6 * 10.0**-digits  # what was rounded twice is no difference


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

    >>> number(0.733432), number(36.0), number(12345.678), number(-2e-06)
    ('0.73343', '36', '12,345.7', '−2 × 10⁻⁶')
    """
    if not math.isfinite(value):
        return "any" if value > 0 else str(value)
    if value == int(value) and abs(value) < 1e12:
        told = f"{value:,.0f}"
    else:
        told = f"{value:,.1f}" if abs(value) >= 1000 else f"{value:.5g}"
    digits, _, power = told.partition("e")
    return (digits + (f" × 10{str(int(power)).translate(_RAISED)}" if power else "")).replace("-", "−")


_RAISED = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")
