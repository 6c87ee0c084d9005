"""Strings that try to become code, and records that carry them in every place a page could put them."""

from __future__ import annotations

from typing import Any

import samples

SCRIPTS = [
    "<script>alert(1)</script>",
    "</script><script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "<svg onload=alert(1)>",
    '"><script>alert(1)</script>',
    "'><img src=x onerror=alert(1)>",
    "<!--<script>",
    "--><script>alert(1)</script>",
    "<script>/*",
    "]]><script>alert(1)</script>",
    "<body onload=alert(1)>",
    "<iframe src=javascript:alert(1)>",
    "<iframe srcdoc='<script>alert(1)</script>'>",
    "<a href=javascript:alert(1)>x</a>",
    "javascript:alert(1)",
    "data:text/html,<script>alert(1)</script>",
    "<math><mtext></mtext><mglyph><style><img src=x onerror=alert(1)>",
    "<form><button formaction=javascript:alert(1)>x",
    "<input autofocus onfocus=alert(1)>",
    "<details open ontoggle=alert(1)>",
    "<video><source onerror=alert(1)>",
    "<audio src onloadstart=alert(1)>",
    "<object data=javascript:alert(1)>",
    "<embed src=javascript:alert(1)>",
    "<link rel=stylesheet href=//example.com/x.css>",
    "<style>@import '//example.com'</style>",
    "<base href=//example.com/>",
    "<meta http-equiv=refresh content=0;url=//example.com>",
    "<template><script>alert(1)</script>",
    "<noscript><p title='</noscript><img src=x onerror=alert(1)>'>",
    "<title></title><script>alert(1)</script>",
    "<textarea></textarea><script>alert(1)</script>",
    "<xmp></xmp><script>alert(1)</script>",
    "<plaintext>",
    "<select><script>",
    "<table><td background=javascript:alert(1)>",
    "<marquee onstart=alert(1)>",
    "<isindex action=javascript:alert(1)>",
    "<svg><script href=data:,alert(1) />",
    "<svg><animate onbegin=alert(1) attributeName=x>",
    "<svg><use href='#x'>",
    "<svg><foreignObject><iframe src=//example.com>",
    "<math href=javascript:alert(1)>x</math>",
    "<!DOCTYPE x [<!ENTITY y 'z'>]>",
    "<?xml-stylesheet href='//example.com'?>",
    "\u2028alert(1)\u2029",
    "\u003cscript\u003ealert(1)\u003c/script\u003e",
    "\\u003cscript\\u003ealert(1)",
    "&lt;script&gt;alert(1)&lt;/script&gt;",
    "&#60;script&#62;",
    "\\x3cscript\\x3e",
    "${alert(1)}",
    "{{constructor.constructor('alert(1)')()}}",
    "{film}",
    "{script}",
    "%3Cscript%3E",
    "';alert(1);//",
    '";alert(1);//',
    "`;alert(1);//",
    '\\";alert(1);//',
    "</title></style></textarea></script><svg/onload=alert(1)>",
    "__proto__",
    "constructor",
    "toString",
    "expression(alert(1))",
    "url(//example.com/x.png)",
    "url(javascript:alert(1))",
    "<x onpointerenter=alert(1)>hover",
    "<scr\x00ipt>alert(1)</scr\x00ipt>",
    "\ufeff<script>alert(1)</script>",
    "<\u200bscript>alert(1)</script>",
    "-->]]></script></style><img src=//example.com/a onerror=alert(1)>",
    "<script type=module>import('//example.com')</script>",
]


_OUT = ['"', "'", "`", ">", "/>", "-->", "]]>", "</title>", "</desc>", "</text>", "</svg>", "</style>", "</script>",
        "</textarea>", "</noscript>", "</template>", "</td></table>", "\\n\\n", "**", "](", "|"]  # fmt: skip
"""Ends of what words could stand in: attributes, comments, elements, cells and paragraphs of Markdown."""
_IN = ["<script>alert(1)</script>", "<img src=x onerror=alert(1)>", "<svg/onload=alert(1)>", " onload=alert(1) x=",
       "<style>*{background:url(//example.com)}</style>", "<a href='javascript:alert(1)'>x</a>",
       "<iframe srcdoc='<b>'>", "[x](javascript:alert(1))", "![x](//example.com/x.png)",
       "<math><mi xlink:href='data:,x'>"]  # fmt: skip
"""What would come in after them."""
MANY = list(dict.fromkeys([*SCRIPTS, *(f"{way}{what}" for what in _IN for way in _OUT)]))[:250]
"""250 of them, for outputs that take many at once."""



def record(words: list[str]) -> list[dict[str, Any]]:
    """A record with *words*, in turn, in every place that is shown: names, talk, questions, answers, kinds, models."""
    turn = iter(words * (400 // len(words) + 1))
    say = lambda: next(turn)  # noqa: E731
    names = [say() for _ in range(8)]
    ties = [(u, v, say()) for u in range(8) for v in range(8) if u != v]
    traits = {seat: {"seats": 10 + seat, say(): say()} for seat in range(8)}
    entries = samples.opening(say(), names, ties, {0: {"label": say()}}, traits, model=say())
    entries[0] |= {"version": say(), "seed": say(), "models": {say(): "synthetic " + say(), say(): say()}}
    for q in range(3):
        about, options = say(), [say() for _ in range(4)]
        entries.append(
            {"t": q, "kind": "question", "about": about, "text": say(), "options": options, "facts": {say(): say()}}
        )
        for seat in range(6):
            more: dict[str, Any] = {"saw": [7]}
            value: Any = [options[seat % 4], {"answer": say(), "reason": say()}, None][seat % 3]
            entries.append(samples.answer(q + 0.1, about, seat, value, **more, **({} if value else {"reason": say()})))
        entries.append({"t": q + 0.2, "kind": "message", "from": 0, "to": 1, "words": say()})
        entries.append({"t": q + 0.2, "kind": "refused", "from": 1, "to": 2, "why": say()})
        entries.append({"t": q + 0.3, "kind": "assign", "member": 1, "model": say()})
        entries.append({"t": q + 0.3, "kind": "unlink", "source": 0, "target": 1 + q})
        entries.append({"t": q + 0.3, "kind": "link", "source": 0, "target": 1 + q, "tie": say(), "weight": 1})
        entries.append(
            {"t": q + 0.4, "kind": say(), say(): say(), "member": 3, "deep": {say(): [say(), {say(): say()}]}}
        )
        entries.append({"t": q + 0.5, "kind": "proposal", "member": 1, "parties": [1, 2], "reason": say()})
        entries.append({"t": q + 0.6, "kind": "reply", "member": 2, "reply": say(), "reason": say()})
        entries.append({"t": q + 0.7, "kind": "investiture", "parties": [1, 2], "yes": say(), "passed": True})
        entries.append({"t": q + 0.8, "kind": "outcome", "about": about, "decision": say(), "gold": say(),
                        "correct": False, say(): say()})  # fmt: skip
    return samples.closing(entries)
