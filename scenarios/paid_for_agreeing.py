"""Members who do not look at the question, and what they and the others score: a policy and two measures of its own."""

from society_sim import measure
from society_sim.backends.synthetic.policies import on_request
from society_sim.forms import Choice
from society_sim.registry import policy

LAZY = ("lazy-1", "lazy-2", "lazy-3", "lazy-4")


@policy
@on_request("effort")
def says_the_first(query, settings):
    """Says the first option, whatever is asked, if it is one of the lazy."""
    if query.model in LAZY and isinstance(query.form, Choice):
        return f"ANSWER: {query.form.options[0]}"
    return None


@measure
def score_of_the_lazy(record):
    """Mean score of members who do not look at the question: the first four seats."""
    return _mean(record, lambda seat: seat < len(LAZY))


@measure
def score_of_the_diligent(record):
    """Mean score of members who do look at it: the seats after the first four."""
    return _mean(record, lambda seat: seat >= len(LAZY))


def _mean(record, of):
    scores = [score for entry in record if entry["kind"] == "outcome"
              for seat, score in entry["scores"].items() if of(int(seat))]  # fmt: skip
    return sum(scores) / len(scores) if scores else float("nan")
