"""Specialists: a policy of its own, by which a member is an expert in its subject and a layman in others."""

from dataclasses import replace

from society_sim.backends.synthetic.answering import reply
from society_sim.backends.synthetic.policies import on_request
from society_sim.registry import policy


@policy
@on_request("subjects")
def specialises(query, settings):
    """Answers as the family `expert` where the question is of the subject that its model is called after."""
    subject = query.model.split("-")[0]
    if query.item is None or subject not in ("law", "medicine", "physics"):
        return None
    family = "expert" if f" of {subject}." in query.item.text else "lay"
    return reply(replace(query, model=f"{family}/{query.model}"), settings)[1]
