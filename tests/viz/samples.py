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


def opening(
    name: str,
    names: list[str],
    ties: list[tuple[int, int, str]],
    nodes: dict[int, Entry] | None = None,
    traits: dict[int, Entry] | None = None,
    model: str = "panel",
) -> list[Entry]:
    entries: list[Entry] = [
        {
            "t": 0,
            "kind": "header",
            "format": 1,
            "name": name,
            "scenario": "0" * 16,
            "seed": 7,
            "version": "0.1.0",
            "models": {model: SYNTHETIC},
        }
    ]
    for seat, who in enumerate(names):
        more = {"traits": traits[seat]} if traits and seat in traits else {}
        entries.append({"t": 0, "kind": "member", "member": seat, "name": who, "model": model, **more})
    attributes = {str(seat): (nodes or {}).get(seat, {}) for seat in range(len(names))}
    return [
        *entries,
        {"t": 0, "kind": "graph", "nodes": attributes, "ties": [[u, v, kind, 1.0] for u, v, kind in ties]},
    ]


def closing(entries: list[Entry]) -> list[Entry]:
    return [*entries, {"t": entries[-1]["t"], "kind": "end", "entries": len(entries)}]


def everyone(n: int) -> list[tuple[int, int, str]]:
    return [(u, v, "talk") for u in range(n) for v in range(n) if u != v]


def answer(t: float, about: str, member: int, value: Any, asked: float = 0.0, **more: Any) -> Entry:
    return {
        "t": t,
        "kind": "answer",
        "about": about,
        "member": member,
        "asked": asked,
        "value": value,
        **more,
        "tokens": [140, 9],
        "key": f"{member:016x}",
    }


PANEL = ["Ann", "Bashir", "Chiara", "Dmitri", "Esther", "Fatou", "Goran", "Hiroko"]


def panel(questions: int = 3, n: int = 8, seed: int = 1, paced: bool = True) -> list[Entry]:
    """A flat panel: a vote, a look at all other votes, a second vote."""
    luck = Random(seed)
    names = PANEL if n == 8 else [f"Member {seat}" for seat in range(n)]
    entries = opening("second-look", names, everyone(n))
    t = 0.0
    texts = [
        "Which of these drugs is first-line treatment for uncomplicated hypertension in a patient with diabetes?",
        "A ball is thrown upwards at 20 m/s. How long until it comes back to the hand?",
        "Which clause of the treaty governs a withdrawal that is not notified?",
    ]
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
        entries.append(
            {"t": t, "kind": "outcome", "about": about, "decision": best, "gold": gold, "correct": best == gold}
        )
    return closing(entries)


def hierarchy() -> list[Entry]:
    """Thirteen in three levels; answers go up the lines of reporting."""
    names = [
        "Director",
        "Sales",
        "Works",
        "Law",
        "S. Ito",
        "S. Moreau",
        "S. Okafor",
        "W. Novak",
        "W. Silva",
        "W. Haddad",
        "L. Berg",
        "L. Chen",
        "L. Rossi",
    ]
    boss = {seat: (seat - 1) // 3 for seat in range(1, 13)}
    ties = [(b, s, "command") for s, b in boss.items()] + [(s, b, "report") for s, b in boss.items()]
    nodes = {seat: {"level": 0 if seat == 0 else 1 if seat < 4 else 2} for seat in range(13)}
    entries = opening("relay", names, ties, nodes)
    entries.append(
        {
            "t": 0,
            "kind": "question",
            "about": "q0",
            "text": "Shall the company open a second plant in Gdynia?",
            "options": ["yes", "no"],
        }
    )
    votes = dict(enumerate(["no", "yes", "yes", "no", "yes", "yes", "no", "yes", None, "yes", "no", "yes", "no"]))
    for seat, value in votes.items():
        entries.append(answer(1.0, "q0", seat, value, **({} if value else {"reason": "refused"})))
    for head in (1, 2, 3):
        for seat in range(3 * head + 1, 3 * head + 4):
            if votes[seat]:
                entries.append(
                    {"t": 1.0, "kind": "message", "from": seat, "to": head, "words": f"I answer: {votes[seat]}"}
                )
            else:
                entries.append({"t": 1.0, "kind": "silence", "from": seat, "to": head})
    for head, said in ((1, "yes"), (2, "yes"), (3, "no")):
        entries.append({"t": 1.0, "kind": "message", "from": head, "to": 0, "words": f"Our group answers: {said}"})
    entries.append({"t": 1.0, "kind": "refused", "from": 4, "to": 0, "why": "no tie"})
    for head in (1, 2, 3):
        entries.append(
            {
                "t": 2.0,
                "kind": "message",
                "from": 0,
                "to": head,
                "words": "The plant is approved. Prepare the tender by June.",
            }
        )
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
    entries.append(
        {
            "t": 0,
            "kind": "question",
            "about": "b",
            "text": "What share of the common budget should go to rail, in per cent?",
        }
    )
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
                        words = (
                            f"{cities[head // 4]} would accept about {30 + head} per cent because commuters need it."
                        )
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
        entries.append(
            {
                "t": t,
                "kind": "question",
                "about": about,
                "text": "Keep the toll on the bridge, or cut it?",
                "options": ["keep", "cut"],
            }
        )
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
                    entries += [
                        {"t": t + 1, "kind": "link", "source": a, "target": b, "tie": "talk", "weight": 1.0}
                        for a, b in ((new, old), (old, new))
                    ]
        for u, v in sorted(ties):
            if views[u] != views[v] and luck.random() < 0.15:
                free = [w for w in sorted(views) if w != u and (u, w) not in ties and views[w] == views[u]]
                if free:
                    w = luck.choice(free)
                    ties ^= {(u, v), (u, w)}
                    entries.append({"t": t + 1, "kind": "unlink", "source": u, "target": v})
                    entries.append({"t": t + 1, "kind": "link", "source": u, "target": w, "tie": "talk", "weight": 1.0})
    return closing(entries)


BOSS = {1: 4, 7: 4, 0: 1, 2: 1, 3: 1, 5: 7, 6: 7, 8: 7}
"""Who has which boss in the tree that `growing` grows, before 5 and 7 change places."""


def growing(rounds: int = 6) -> list[Entry]:
    """Nine who talk with all others become a tree, step by step; then 5 takes the place of 7, its boss."""
    entries = opening("growing", [f"Member {seat}" for seat in range(9)], everyone(9))
    ties = {(u, v) for u, v, _ in everyone(9)}
    steps = {1: [1], 2: [7, 0, 2], 3: [3, 5, 6, 8]}

    def line(t: float, low: int, high: int) -> None:
        for source, target, tie in ((low, high, "report"), (high, low, "command")):
            entries.append({"t": t, "kind": "link", "source": source, "target": target, "tie": tie, "weight": 1.0})

    def cut(t: float, pairs: list[tuple[int, int]]) -> None:
        entries.extend({"t": t, "kind": "unlink", "source": u, "target": v} for u, v in pairs)

    for r in range(rounds):
        t, about = 2.0 * r, f"r{r}"
        text = "Shall we do it?"
        entries.append({"t": t, "kind": "question", "about": about, "text": text, "options": ["yes", "no"]})
        entries += [answer(t + 1, about, seat, "yes" if (seat + r) % 3 else "no", t) for seat in range(9)]
        entries.append({"t": t + 1, "kind": "outcome", "about": about, "decision": "yes"})
        inside = {4, *(seat for step, seats in steps.items() if step <= r for seat in seats)}
        gone = sorted((u, v) for u, v in ties if {u, v} <= inside)
        cut(t + 1, gone)
        ties -= set(gone)
        for low in steps.get(r, []):
            line(t + 1, low, BOSS[low])
        if r == 4:
            old = [(7, 4), (4, 7), *(pair for low in (5, 6, 8) for pair in ((low, 7), (7, low)))]
            cut(t + 1, old)
            for low, high in ((5, 4), (6, 5), (7, 5), (8, 5)):
                line(t + 1, low, high)
    return closing(entries)


PARTIES = [
    ("Left", 39, 1.4),
    ("SPD", 206, 3.6),
    ("Greens", 118, 3.2),
    ("SSW", 1, 3.9),
    ("FDP", 92, 6.2),
    ("CDU/CSU", 197, 6.4),
    ("AfD", 83, 9.2),
]


def formation() -> list[Entry]:
    """Seven parties form a government, as `government_formation` logs it."""
    traits = {seat: {"seats": held, "left_right": place} for seat, (_, held, place) in enumerate(PARTIES)}
    names = [name for name, _, _ in PARTIES]
    entries = opening("government-formation", names, everyone(7), traits=traits, model="parties")
    add = entries.append
    text = "Which parties will form the government after the election of 26 September?"
    add({"t": 0, "kind": "question", "about": "f", "text": text, "facts": {"house": 736, "investiture": "absolute"}})

    def offer(t: float, attempt: int, now: int, party: int, partners: list[int], policy: float, why: str) -> None:
        value = {"do": "propose", "partners": [names[p] for p in partners], "left_right": policy, "why": why}
        add(answer(t, "f", party, value, t - 1))
        places, shares = {"left_right": policy, "state_market": 5.0}, {names[p]: 5 for p in [party, *partners]}
        add({"t": t, "kind": "proposal" if now == 1 else "revision", "attempt": attempt, "round": now, "party": party,
             "partners": partners, "policy": places, "ministries": shares, "why": why})  # fmt: skip
        words = f"Formation {attempt}, round {now}: {names[party]} proposes a government of ... BECAUSE {why}"
        entries.extend({"t": t, "kind": "message", "from": party, "to": p, "words": words} for p in partners)

    def replies(t: float, attempt: int, now: int, party: int, said: dict[int, tuple[str, float, str] | None]) -> None:
        for seat, reply in said.items():
            value = reply and {"reply": reply[0], "left_right": reply[1], "why": reply[2]}
            add(answer(t, "f", seat, value, t - 1, **({} if reply else {"reason": "timed out"})))
        for seat, reply in said.items():
            base = {"t": t, "kind": "reply", "attempt": attempt, "round": now, "party": seat, "reply": None}
            if reply is None:
                add(base)
                continue
            add({**base, "reply": reply[0], "policy": {"left_right": reply[1]}, "why": reply[2]})
            add({"t": t, "kind": "message", "from": seat, "to": party, "words": f"Formation {attempt}: {reply[2]}"})

    def ballots(t: float, yes: set[int], abstain: set[int]) -> None:
        cast = {seat: "yes" if seat in yes else "abstain" if seat in abstain else "no" for seat in range(7)}
        entries.extend(answer(t, "f", seat, value, t - 1) for seat, value in cast.items())
        sums = {side: sum(PARTIES[s][1] for s, v in cast.items() if v == side) for side in ("yes", "no", "abstain")}
        add({"t": t, "kind": "investiture", "attempt": 2, "ballot": 1, "rule": "absolute", **sums,
             "elected": sums["yes"] > 368, "votes": cast})  # fmt: skip

    add({"t": 0.0, "kind": "recognition", "attempt": 1, "party": 5, "by": "seats"})
    offer(2.0, 1, 1, 5, [2, 4], 5.4, "the three of us can modernise the country")
    replies(3.0, 1, 1, 5, {2: ("oppose", 3.0, "there is no date for the end of coal"),
                           4: ("support", 5.4, "the tax plan is ours")})  # fmt: skip
    add(answer(4.0, "f", 5, {"do": "give up", "why": "the Greens will not come"}, 3.0))
    add({"t": 4.0, "kind": "failure", "attempt": 1, "party": 5, "why": "gave up"})
    add({"t": 4.0, "kind": "recognition", "attempt": 2, "party": 1, "by": "seats"})
    offer(6.0, 2, 1, 1, [2, 4], 4.1, "progress needs all three")
    replies(7.0, 2, 1, 1, {2: ("support", 4.1, "the climate fund is in it"),
                           4: ("refine", 4.8, "the debt brake must stay as the constitution has it")})  # fmt: skip
    offer(8.0, 2, 2, 1, [2, 4], 4.4, "the debt brake stays, and so does the fund")
    replies(9.0, 2, 2, 1, {2: ("support", 4.4, "we can live with that"), 4: ("support", 4.4, "that we can sign")})
    add({"t": 9.0, "kind": "agreement", "attempt": 2, "round": 2, "party": 1, "partners": [2, 4],
         "policy": {"left_right": 4.4}, "ministries": {"SPD": 8, "Greens": 5, "FDP": 3}})  # fmt: skip
    ballots(10.0, {1, 2, 4}, {3})
    add({"t": 10.0, "kind": "outcome", "about": "f", "decision": ["FDP", "Greens", "SPD"], "prime_minister": "SPD",
         "type": "minimal winning", "seats": 416, "rounds": 3, "formateurs": ["CDU/CSU", "SPD"]})  # fmt: skip
    return closing(entries)


ALL = {
    "panel": panel,
    "hierarchy": hierarchy,
    "federation": federation,
    "rewiring": rewiring,
    "growing": growing,
    "formation": formation,
}
