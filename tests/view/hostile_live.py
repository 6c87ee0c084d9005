"""A scenario to be watched in which whatever can have words has words that try to become code."""

from __future__ import annotations

from pathlib import Path

import payloads

_SCENARIO = """\
name: hostile
about: {words}
source: {words}
models: {{crowd: hostile}}
population: {{hostile: {{model: crowd}}}}
topology: flat
task: hostile
mechanism: {{gossip: {{rounds: 3}}}}
"""
_PARTS = '''\
"""Parts of the scenario beside this file."""

from itertools import cycle

from society_sim import Answer, Profile, Question, backend, inline, population, task
from society_sim.backends.scripted import scripted
from society_viz.view.blocks import Bars, Book, Lines, Table, Words, panel

WORDS = {words!r}


@backend
def hostile():
    turn = cycle(WORDS)

    def reply(query):
        lines = scripted(query).text.split("\\n")
        return Answer(text="\\n".join(next(turn) if line.startswith("words") else
                                      line.replace("words", next(turn)) for line in lines), model=next(turn))

    return inline(reply, watermark="hostile")


@population
def hostile(models, rng, *, model="crowd"):
    return [Profile(f"{{at}} {{one}}", model, persona=one, traits={{one: one}}) for at, one in enumerate(WORDS)]


@task
def hostile(rng):
    for at in range(3):
        options = tuple(f"{{place}}{{one}}" for place, one in enumerate(WORDS[at:at + 4]))
        yield Question(f"q{{at}}", WORDS[at], options)


@panel
def hostile_panel(known):
    """<img src=x onerror=alert(1)>{{{{constructor.constructor('alert(1)')()}}}}"""
    bars = [(words, 1.0, "url(//example.com/x.png)") for words in WORDS]
    line = [(words, [(0.0, 0.0), (1.0, 1.0)]) for words in WORDS]
    return [Words(WORDS), Table(WORDS[:3], [WORDS[:3], WORDS[3:6]]), Bars(bars, unit=WORDS[0]),
            Lines(line, WORDS[0], WORDS[1]), Book([(1.0, 2.0)], [(3.0, 1.0)])]


@panel
def hostile_error(known):
    """A panel that fails."""
    raise ValueError(WORDS[2] + WORDS[4])
'''


def write(folder: Path) -> Path:
    """The scenario and its parts in *folder*."""
    words = [one.replace("\x00", "") for one in payloads.SCRIPTS]
    (folder / "hostile.py").write_text(_PARTS.format(words=words).replace("{{{{", "{{").replace("}}}}", "}}"))
    quoted = '"' + words[2].replace('"', '\\"') + "{{constructor.constructor('alert(1)')()}}" + '"'
    (folder / "hostile.yaml").write_text(_SCENARIO.format(words=quoted))
    return folder / "hostile.yaml"
