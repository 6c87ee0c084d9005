"""Concordia: its OpenAI model, which blocks, in the threads of its own `run_tasks`, one for each member."""

from __future__ import annotations

import os
from functools import partial

from concordia.language_model.gpt_model import GptLanguageModel
from concordia.utils.concurrency import run_tasks
from work import Work

if __name__ == "__main__":
    work = Work()
    os.environ["OPENAI_BASE_URL"] = work.base_url  # the model takes no address
    model = GptLanguageModel("x")
    model.sample_text("Hello.")
    with work.clock():
        for _ in range(work.rounds):
            tasks = {str(member): partial(model.sample_text, text) for member, text in enumerate(work.questions())}
            for member, words in run_tasks(tasks).items():
                work.say(int(member), words)
    work.report()
