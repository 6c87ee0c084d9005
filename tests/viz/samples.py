"""Records as a run writes them, made by hand for the tests: small, but like real ones."""

from __future__ import annotations

import json
from pathlib import Path
from random import Random
from typing import Any

Entry = dict[str, Any]
SYNTHETIC = "synthetic:helm-mid@1f0c2d3e"


def write(entries: list[Entry], folder: Path, name: str = "record.jsonl") -> Path:
    """The run's folder with this record in it."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_text("".join(json.dumps(entry) + "\n" for entry in entries), encoding="utf-8")
    return folder


def opening(name: str, names: list[str], ties: list[tuple[int, int, str]], nodes: dict[int, Entry] | None = None,
            traits: dict[int, Entry] | None = None, model: str = "panel") -> list[Entry]:  # fmt: skip
    entries: list[Entry] = [{"t": 0, "kind": "header", "format": 1, "name": name, "scenario": "0" * 16, "seed": 7,
                             "version": "0.1.0", "models": {model: SYNTHETIC}}]  # fmt: skip
    for seat, who in enumerate(names):
        more = {"traits": traits[seat]} if traits and seat in traits else {}
        entries.append({"t": 0, "kind": "member", "member": seat, "name": who, "model": model, **more})
    attributes = {str(seat): (nodes or {}).get(seat, {}) for seat in range(len(names))}
    return [*entries, {"t": 0, "kind": "graph", "nodes": attributes, "ties": [[u, v, kind, 1.0] for u, v, kind in ties]}]


def closing(entries: list[Entry]) -> list[Entry]:
    return [*entries, {"t": entries[-1]["t"], "kind": "end", "entries": len(entries)}]


def everyone(n: int) -> list[tuple[int, int, str]]:
    return [(u, v, "talk") for u in range(n) for v in range(n) if u != v]


def answer(t: float, about: str, member: int, value: Any, asked: float = 0.0, **more: Any) -> Entry:
    return {"t": t, "kind": "answer", "about": about, "member": member, "asked": asked, "value": value, **more,
            "tokens": [140, 9], "key": f"{member:016x}"}  # fmt: skip


PANEL = ["Ann", "Bashir", "Chiara", "Dmitri", "Esther", "Fatou", "Goran", "Hiroko"]


def panel(questions: int = 3, n: int = 8, seed: int = 1, paced: bool = True) -> list[Entry]:
    """A flat panel: a vote, a look at all other votes, a second vote."""
    luck = Random(seed)
    names = PANEL if n == 8 else [f"Member {seat}" for seat in range(n)]
    entries = opening("second-look", names, everyone(n))
    t = 0.0
    texts = ["Which of these drugs is first-line treatment for uncomplicated hypertension in a patient with diabetes?",
             "A ball is thrown upwards at 20 m/s. How long until it comes back to the hand?",
             "Which clause of the treaty governs a withdrawal that is not notified?"]  # fmt: skip
    for q in range(questions):
        about, gold = f"q{q}", luck.choice("ABCD")
        entries.append({"t": t, "kind": "question", "about": about, "text": texts[q % 3], "options": list("ABCD")})
        votes: dict[int, str | None] = {}
        for look in range(2):
            lag = {seat: round(t + (luck.lognormvariate(0, 0.5) if paced else 1.0), 6) for seat in range(n)}
            for seat in sorted(range(n), key=lag.__getitem__):
                right = luck.random() < (0.45 if look == 0 else 0.75)
                value = gold if right else luck.choice("ABCD")
                more: Entry = {"saw": [other for other in range(n) if other != seat]} if look else {}
                if luck.random() < 0.06:
                    value, more = None, {**more, "reason": luck.choice(["unreadable", "timed out"])}
                votes[seat] = value
                entries.append(answer(lag[seat], about, seat, value, t, **more))
            t = max(lag.values())
        given = [value for value in votes.values() if value]
        best = max("ABCD", key=given.count)
        entries.append({"t": t, "kind": "outcome", "about": about, "decision": best, "gold": gold, "correct": best == gold})
    return closing(entries)


def hierarchy() -> list[Entry]:
    """Thirteen in three levels; answers go up the lines of reporting."""
    names = ["Director", "Sales", "Works", "Law", "S. Ito", "S. Moreau", "S. Okafor", "W. Novak", "W. Silva", "W. Haddad",
             "L. Berg", "L. Chen", "L. Rossi"]  # fmt: skip
    boss = {seat: (seat - 1) // 3 for seat in range(1, 13)}
    ties = [(b, s, "command") for s, b in boss.items()] + [(s, b, "report") for s, b in boss.items()]
    nodes = {seat: {"level": 0 if seat == 0 else 1 if seat < 4 else 2} for seat in range(13)}
    entries = opening("relay", names, ties, nodes)
    entries.append({"t": 0, "kind": "question", "about": "q0", "text": "Shall the company open a second plant in Gdynia?",
                    "options": ["yes", "no"]})  # fmt: skip
    votes = dict(enumerate(["no", "yes", "yes", "no", "yes", "yes", "no", "yes", None, "yes", "no", "yes", "no"]))
    for seat, value in votes.items():
        entries.append(answer(1.0, "q0", seat, value, **({} if value else {"reason": "refused"})))
    for head in (1, 2, 3):
        for seat in range(3 * head + 1, 3 * head + 4):
            if votes[seat]:
                entries.append({"t": 1.0, "kind": "message", "from": seat, "to": head, "words": f"I answer: {votes[seat]}"})
            else:
                entries.append({"t": 1.0, "kind": "silence", "from": seat, "to": head})
    for head, said in ((1, "yes"), (2, "yes"), (3, "no")):
        entries.append({"t": 1.0, "kind": "message", "from": head, "to": 0, "words": f"Our group answers: {said}"})
    entries.append({"t": 1.0, "kind": "refused", "from": 4, "to": 0, "why": "no tie"})
    for head in (1, 2, 3):
        entries.append({"t": 2.0, "kind": "message", "from": 0, "to": head, "words": "The plant is approved. Prepare the tender by June."})
    entries.append({"t": 2.0, "kind": "outcome", "about": "q0", "decision": "yes"})
    return closing(entries)


def federation() -> list[Entry]:
    """Four communities of four; the heads talk to one another."""
    cities = ["Lyon", "Kyiv", "Porto", "Turku"]
    names = [f"{city} {part}" for city in cities for part in ("mayor", "east", "north", "west")]
    ties = []
    nodes = {}
    for c in range(4):
        seats = range(4 * c, 4 * c + 4)
        nodes.update({seat: {"community": c, "head": seat == 4 * c} for seat in seats})
        ties += [(u, v, "report" if v == 4 * c else "talk") for u in seats for v in seats if u != v]
    ties += [(u, v, "talk") for u in range(0, 16, 4) for v in range(0, 16, 4) if u != v]
    entries = opening("federated-budget", names, ties, nodes)
    luck = Random(3)
    entries.append({"t": 0, "kind": "question", "about": "b", "text": "What share of the common budget should go to rail, in per cent?"})
    for step in range(3):
        for seat in range(16):
            middle = [20, 35, 55, 30][seat // 4]
            value = round(middle + (34 - middle) * step / 2.4 + luck.uniform(-6, 6))
            more: Entry = {"saw": [s for s in range(seat // 4 * 4, seat // 4 * 4 + 4) if s != seat]} if step else {}
            entries.append(answer(step + 1.0, "b", seat, value, float(step), **more))
        if step < 2:
            for head in range(0, 16, 4):
                for other in range(0, 16, 4):
                    if other != head:
                        words = f"{cities[head // 4]} would accept about {30 + head} per cent because commuters need it."
                        entries.append({"t": step + 1.0, "kind": "message", "from": head, "to": other, "words": words})
    entries.append({"t": 3.0, "kind": "outcome", "about": "b", "decision": 33, "rule": "median"})
    return closing(entries)


def rewiring(rounds: int = 8, n: int = 24) -> list[Entry]:
    """A ring whose members drop neighbours that disagree and find others; two join later."""
    luck = Random(5)
    ties = {(u, (u + d) % n) for u in range(n) for d in (-2, -1, 1, 2)}
    entries = opening("homophily", [f"Member {seat}" for seat in range(n)], [(u, v, "talk") for u, v in sorted(ties)])
    views = {seat: luck.choice(["keep", "cut"]) for seat in range(n)}
    for r in range(rounds):
        t, about = float(2 * r), f"r{r}"
        entries.append({"t": t, "kind": "question", "about": about, "text": "Keep the toll on the bridge, or cut it?", "options": ["keep", "cut"]})
        for seat in views:
            near = [views[u] for u, v in ties if v == seat]
            if near and luck.random() < 0.4:
                views[seat] = max(["keep", "cut"], key=near.count)
            entries.append(answer(t + 1, about, seat, views[seat], t, saw=[u for u, v in sorted(ties) if v == seat]))
        best = max(["keep", "cut"], key=list(views.values()).count)
        entries.append({"t": t + 1, "kind": "outcome", "about": about, "decision": best})
        if r == 3:
            for new in (n, n + 1):
                entries.append({"t": t + 1, "kind": "member", "member": new, "name": f"Member {new}", "model": "panel"})
                views[new] = "keep"
                for old in (2, 3, 4):
                    ties |= {(new, old), (old, new)}
                    entries += [{"t": t + 1, "kind": "link", "source": a, "target": b, "tie": "talk", "weight": 1.0} for a, b in ((new, old), (old, new))]
        for u, v in sorted(ties):
            if views[u] != views[v] and luck.random() < 0.15:
                free = [w for w in sorted(views) if w != u and (u, w) not in ties and views[w] == views[u]]
                if free:
                    w = luck.choice(free)
                    ties ^= {(u, v), (u, w)}
                    entries.append({"t": t + 1, "kind": "unlink", "source": u, "target": v})
                    entries.append({"t": t + 1, "kind": "link", "source": u, "target": w, "tie": "talk", "weight": 1.0})
    return closing(entries)


PARTIES = [("Left", 39, 1.4), ("SPD", 206, 3.6), ("Greens", 118, 3.2), ("SSW", 1, 3.9), ("FDP", 92, 6.2), ("CDU/CSU", 197, 6.4), ("AfD", 83, 9.2)]


def formation() -> list[Entry]:
    """Seven parties form a government."""
    traits = {seat: {"seats": held, "left_right": place} for seat, (_, held, place) in enumerate(PARTIES)}
    entries = opening("government-formation", [name for name, _, _ in PARTIES], everyone(7), traits=traits, model="parties")
    add = entries.append
    text = "Which parties will form the government after the election of 26 September?"
    add({"t": 0, "kind": "question", "about": "f", "text": text, "facts": {"majority": 369}})
    add({"t": 0.0, "kind": "recognition", "member": 5, "attempt": 1})
    add({"t": 2.0, "kind": "proposal", "member": 5, "parties": [5, 2, 4], "policy": 5.4})
    add({"t": 3.0, "kind": "reply", "member": 4, "reply": "accept", "reason": "the tax plan is ours"})
    add({"t": 3.0, "kind": "reply", "member": 2, "reply": "oppose", "reason": "no date for the end of coal"})
    add({"t": 4.0, "kind": "failure", "member": 5, "reason": "the Greens stay out"})
    add({"t": 5.0, "kind": "recognition", "member": 1, "attempt": 2})
    add({"t": 6.0, "kind": "proposal", "member": 1, "parties": [1, 2, 4], "policy": 4.1})
    add({"t": 7.0, "kind": "reply", "member": 2, "reply": "accept", "reason": "the climate fund is in it"})
    add({"t": 7.0, "kind": "reply", "member": 4, "reply": "refine", "reason": "the debt brake must stay as the constitution has it"})
    add({"t": 8.0, "kind": "revision", "member": 1, "parties": [1, 2, 4], "policy": 4.4, "reason": "the debt brake stays"})
    add({"t": 9.0, "kind": "reply", "member": 2, "reply": "accept"})
    add({"t": 9.0, "kind": "reply", "member": 4, "reply": "accept", "reason": "that we can sign"})
    add({"t": 9.0, "kind": "agreement", "parties": [1, 2, 4], "policy": 4.4})
    for seat in range(7):
        value = "yes" if seat in (1, 2, 4) else None if seat == 3 else "no"
        add(answer(10.0, "f", seat, value, 9.0, **({} if value else {"reason": "refused"})))
    add({"t": 10.0, "kind": "investiture", "parties": [1, 2, 4], "yes": 416, "no": 319, "passed": True})
    add({"t": 10.0, "kind": "outcome", "about": "f", "decision": ["SPD", "Greens", "FDP"], "seats": 416})
    return closing(entries)


ALL = {"panel": panel, "hierarchy": hierarchy, "federation": federation, "rewiring": rewiring, "formation": formation}
