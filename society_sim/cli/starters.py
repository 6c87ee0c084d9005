"""What `society-sim new` writes: a commented scenario, and a part of one's own of each kind that a scenario can name.

In the texts NAME is the scenario's name and PART the function's.
"""

from __future__ import annotations

from collections.abc import Mapping

SCENARIO: Mapping[str, str] = {
    "name": "NAME",
    "about": "Which question is this to answer?",
    "source": "Whose idea is it? Author (year), title.",
    "models": "{crowd: {synthetic: {preset: helm-mid, price: free}}}    # `society-sim list backends` shows the others",
    "population": "{plain: {size: 9, model: crowd, mix: vendors}}           # nine models, each of another vendor",
    "topology": "{small_world: {k: 4, p: 0.1}}                            # who may speak to whom",
    "task": "{multiple_choice: {rounds: 50, options: 4}}              # what is to be settled",
    "mechanism": "{second_look: {rounds: 1}}                               # how it is settled",
    "measures": "[accuracy, agreement, messages]",
    "seeds": "4                                                        # of `society-sim experiment NAME.yaml`",
}
"""The sections of the scenario, in order; the part of one's own takes the place of what stands in its section."""

INSTEAD: Mapping[str, str] = {
    "mechanism": "{PART: {rounds: 1}}",
    "topology": "{PART: {clubs: 3}}",
    "rewiring": "{PART: {below: 0.3, every: 5}}                           # every: simulated time between proposals",
    "population": "{PART: {size: 9, model: crowd}}",
    "task": "{PART: {rounds: 20, highest: 40}}",
    "measure": "[accuracy, {PART: {at_least: 5}}]",
    "backend": "{crowd: {PART: {favourite: A}}}",
    "pace": "{PART: {slow: 4.0}}",
    "memory": "{PART: {last: 5}}",
    "channel": "{PART: {often: 0.2}}",
    "arrivals": "{PART: {most: 3.0}}",
    "on_failure": "{PART: {most: 10}}",
}
"""What stands in the section of each kind (`models` of a backend, `measures` of a measure)."""

SECTION: Mapping[str, str] = {"backend": "models", "measure": "measures"}
"""The section of a kind, where it is not called like it."""

PARTS: Mapping[str, str] = {
    "mechanism": '''\
from society_sim import Outcome, mechanism, plurality


@mechanism
def PART(society, question, *, rounds: int = 1):
    """Vote, look at the neighbours' votes, vote again; the last plurality wins."""
    # `yield from` asks: all at once, and calls overlap. A prompt is text, or a function of the member that is asked.
    votes = yield from society.ask_all(question.text, question.form)
    for _ in range(rounds):
        votes = yield from society.ask_all(
            lambda me: f"{question.text} Your neighbours say: {', '.join(map(str, me.view(votes)))}.", question.form)
    # None is an abstention: it is not counted. What is given after the votes are facts: they go into the record.
    return Outcome(plurality(votes.values()), votes, {"rounds": rounds})
''',
    "topology": '''\
import networkx as nx

from society_sim import topology


@topology
def PART(n: int, rng, *, clubs: int = 3):
    """*clubs* clubs in which everybody speaks to everybody; the first members of all clubs speak to one another."""
    # Seats are 0 to n - 1. A tie (u, v) lets u speak to v. `rng` is a numpy generator: the run's luck, and no other.
    graph = nx.DiGraph()
    graph.add_nodes_from(range(n))
    for seat in range(n):
        graph.nodes[seat]["community"] = str(seat % clubs)
        for other in range(n):
            same, first = seat % clubs == other % clubs, max(seat, other) < clubs
            if seat != other and (same or first):
                graph.add_edge(seat, other, kind="talk")
    return graph
''',
    "rewiring": '''\
from society_sim import Unlink, rewiring


@rewiring
def PART(frame, rng, *, below: float = 0.3):
    """Nobody listens any more to those whose share of right answers is below *below*, after ten questions."""
    # A rewiring edits nothing: it looks at the frame and gives changes, which the society checks and records.
    for seat in frame.present:
        standing = frame.standing[seat]
        if standing.asked >= 10 and standing.right / standing.asked < below:
            yield from ((Unlink(seat, other),) for other in frame.graph.adj[seat])
''',
    "population": '''\
from society_sim import Profile, population


@population
def PART(models, rng, *, size: int = 9, model: str = "crowd"):
    """*size* members who speak with *model*; every third of them is told to doubt everything."""
    # A profile: the name, the model (`model/vendor-1/model-1` is one of the synthetic model's), the persona, and traits
    # that mechanisms may read.
    return [
        Profile(f"Member {seat}", f"{model}/vendor-{seat + 1}/model-1",
                persona="You doubt everything that you are told." if seat % 3 == 0 else "",
                traits={"doubts": seat % 3 == 0})
        for seat in range(size)
    ]
''',
    "task": '''\
from society_sim import Item, Question, task
from society_sim.seal import Sealed


@task
def PART(rng, *, rounds: int = 20, highest: int = 40):
    """*rounds* sums of two numbers from 1 to *highest*, each with four answers to choose from."""
    for number in range(1, rounds + 1):
        one, other = (int(each) for each in rng.integers(1, highest + 1, size=2))
        offered = [one + other + slip for slip in (-10, -1, 0, 10)]
        rng.shuffle(offered)
        # The right answer is sealed: no member sees it. Other numbers need another name, since a synthetic model knows
        # an item by its name.
        name, text, options = f"sum-{number}-{one}-{other}", f"What is {one} + {other}?", tuple(map(str, offered))
        yield Question(name, text, options, Item(name, text, options, Sealed(str(one + other))))
''',
    "measure": '''\
from society_sim import measure


@measure
def PART(record, *, at_least: int = 5):
    """Share of questions, 0 to 1, on which at least *at_least* members gave the same last answer."""
    # A record is read once, entry by entry, in order; `society-sim run NAME.yaml` says where it lies, as JSON lines.
    last: dict[str, dict[int, object]] = {}
    agreed = settled = 0
    for entry in record:
        if entry["kind"] == "answer":
            last.setdefault(entry["about"], {})[entry["member"]] = entry["value"]
        elif entry["kind"] == "outcome":
            given = [value for value in last.pop(entry["about"], {}).values() if value is not None]
            settled += 1
            agreed += any(given.count(value) >= at_least for value in given)
    return agreed / settled if settled else float("nan")
''',
    "backend": '''\
from society_sim import backend, inline


@backend
def PART(*, favourite: str = "A"):
    """A model that says *favourite* where it is offered and luck does not say otherwise; else any of the options."""

    def answer(query):
        # A query is complete: the text with its closing line that says how to answer, the form, the member, and a seed.
        # Here is the place to call a model of your own. What it gives is the text of the reply.
        options = getattr(query.form, "options", ())
        if favourite in options and query.seed % 3:
            return f"ANSWER: {favourite}"
        return f"ANSWER: {options[query.seed % len(options)] if options else favourite}"

    return inline(answer, watermark=f"PART {favourite}")
''',
    "pace": '''\
from society_sim import pace


@pace
def PART(draw: tuple[float, ...], *, slow: float = 4.0) -> float:
    """An answer takes one unit of simulated time; one in ten takes *slow* units."""
    # `draw` are eight uniforms of this one answer: the only luck there is, so the same run always takes as long.
    return slow if draw[0] < 0.1 else 1.0
''',
    "memory": '''\
from society_sim import Memory, memory


@memory
def PART(*, last: int = 5) -> Memory:
    """Only the *last* things that were said to a member are remembered."""
    # Memory(None) keeps all; Memory(8, notes=600) has the member take notes of what is older, in 600 characters.
    return Memory(last)
''',
    "channel": '''\
from society_sim import channel


@channel
def PART(draw: tuple[float, ...], *, often: float = 0.2) -> float | None:
    """Some messages are lost, with the probability *often*; the others are heard after up to one unit of time."""
    # `draw` are eight uniforms of this one message. None is: lost.
    return None if draw[0] < often else draw[1]
''',
    "arrivals": '''\
from society_sim import arrivals


@arrivals
def PART(draw: tuple[float, ...], *, most: float = 3.0) -> float:
    """The next question comes after up to *most* units of simulated time, evenly drawn."""
    return draw[0] * most
''',
    "on_failure": '''\
from society_sim import on_failure


@on_failure
def PART(failed: int, ended: int, *, most: int = 10) -> bool:
    """The run stops when more than *most* calls have failed; it can be taken up again."""
    # Called after every call that failed for good: so many have failed, of so many that have ended.
    return failed > most
''',
    "mark": '''\
from society_viz import At, mark


@mark(of="answer")
def PART(entry, stage):
    """Has no answer."""
    # It is shown entries of the kind that *of* names; with a plain @mark, those of the kind that it is called itself,
    # such as what a mechanism logs with society.log("PART", member=...). At is a badge at a member, Along an arrow from
    # one to another, Off takes it off again; words are told in the caption. The line above is the row of the legend.
    if entry["value"] is None:
        yield At(entry["member"], "?", stays="question")
''',
    "panel": '''\
from society_viz import Bars, panel


@panel
def PART(known):
    """Who has changed its answer most often."""
    # `known` is what is known at the moment that the page shows: entries, names, the plan. None: nothing to show.
    last: dict[int, object] = {}
    changed: dict[int, int] = {}
    for entry in known.only("answer"):
        member, value = entry["member"], entry["value"]
        changed[member] = changed.get(member, 0) + (last.get(member, value) != value)
        last[member] = value
    most = sorted(changed.items(), key=lambda row: -row[1])[:10]
    return [Bars([(known.stage.name(member), times) for member, times in most])] if most else None
''',
}  # fmt: skip
"""The code of a part of each kind."""
SEEN: Mapping[str, str] = {
    "mark": "to see it: society-sim run NAME.yaml --animate NAME.gif",
    "panel": "to see it: society-sim view NAME.yaml",
}
"""Parts that no section names: they are seen, and how."""
