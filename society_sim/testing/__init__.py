"""The contracts of the parts as programs: one call proves a part of your own, or says what is wrong with it.

>>> from society_sim import Outcome
>>> def poll(society, question):
...     votes = yield from society.ask_all(question.text, question.form)
...     return Outcome(max(votes.values()), votes)
>>> check_mechanism(poll)
Traceback (most recent call last):
    ...
society_sim.testing.contract.ContractError: mechanism 'poll' breaks its contract:
- fails when a member abstains: TypeError: '>' not supported between instances of 'str' and 'NoneType'
"""

from __future__ import annotations

from society_sim.backends.scripted import scripted
from society_sim.testing.backends import check_backend
from society_sim.testing.contract import ContractError, ties_of
from society_sim.testing.forms import check_form
from society_sim.testing.mechanisms import check_mechanism
from society_sim.testing.rewirings import check_rewiring
from society_sim.testing.topologies import check_topology

__all__ = [
    "ContractError", "check_backend", "check_form", "check_mechanism", "check_rewiring", "check_topology", "scripted",
    "ties_of",
]  # fmt: skip
