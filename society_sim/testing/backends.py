"""The contract of backends."""

from __future__ import annotations

from society_sim import forms
from society_sim.errors import NoAnswer
from society_sim.forms import Form
from society_sim.testing.contract import ContractError, told_of
from society_sim.values import Answer, Backend, Query


def check_backend(backend: Backend, *, form: Form | None = None, patience: float = 10.0) -> None:
    """Prove *backend*: it gives futures at once, answers that can be kept, and the same answer to the same query."""
    form = form or forms.Choice("AB")
    query = Query(member=0, occurrence=0, model="model", system="", text=f"A or B?\n\n{form.hint()}", form=form,
                  seed=5, key="00" * 16)  # fmt: skip
    breaches = []
    texts = []
    for _ in range(2):
        future = backend.submit(query)
        if not hasattr(future, "add_done_callback"):
            raise ContractError(type(backend).__name__, [f"submit gives {type(future).__name__}, not a Future"])
        error = future.exception(patience)
        if error is None:
            answer = future.result()
            texts.append(answer.text)
            if type(answer) is not Answer or min(answer.tokens_in, answer.tokens_out, answer.micro_usd) < 0:
                breaches.append(f"gives {answer!r}, which is not an answer that can be kept")
        elif not isinstance(error, NoAnswer):
            breaches.append(f"raises {told_of(error)}; to abstain, raise NoAnswer with a reason")
    if len(set(texts)) > 1:
        breaches.append("gives another answer to the same query; only a tape can then repeat a run")
    if not isinstance(getattr(backend, "watermark", ""), str):
        breaches.append("has a watermark that is not a string")
    if breaches:
        raise ContractError(type(backend).__name__, breaches)
