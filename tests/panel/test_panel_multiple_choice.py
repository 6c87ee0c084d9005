"""Banks of questions: what can be read, and what is refused."""

from __future__ import annotations

import gzip
import json
import time

import numpy as np
import pytest

from society_sim.errors import ScenarioError
from society_sim.forms import Text
from society_sim.scoring import gold_of
from society_sim.streams import stream
from society_sim.tasks.multiple_choice import multiple_choice


def bank(path, seed=1, **parameters):
    return list(multiple_choice(stream(seed, "task"), questions=path, **parameters))


def written(path, *rows):
    path.write_text("".join(row if isinstance(row, str) else json.dumps(row) + "\n" for row in rows))
    return path


def row(qid, gold="A", **more):
    return {"qid": qid, "question": f"What is {qid}?", "options": ["one", "two", "three"], "gold": gold, **more}


def test_choices_and_free_answers(tmp_path):
    path = written(tmp_path / "q.jsonl", row(7, category="law"), "\n", {"qid": "g", "question": "1+1?", "gold": " 2 "},
                   {"qid": "m", "gold": 3})  # fmt: skip
    seven, free, bare = bank(path)
    assert (seven.id, seven.options, gold_of(seven), seven.facts) == ("7", ("A", "B", "C"), "A", {"category": "law"})
    assert seven.text == "What is 7?\nA) one\nB) two\nC) three"
    assert seven.item.text == seven.text
    assert isinstance(free.form, Text) and free.options == () and gold_of(free) == "2"
    assert bare.text.startswith("Question m.") and gold_of(bare) == "3"
    assert "gold" not in repr(seven.facts) and "Sealed(...)" in repr(seven.item)


def test_a_table_of_answers_will_do(tmp_path):
    path = tmp_path / "answers.csv.gz"
    path.write_bytes(gzip.compress(b"qid,gold,n_options,model\n1,D,4,A\n2,x,,A\n"))
    lettered, free = bank(path)
    assert lettered.options == ("A", "B", "C", "D")
    assert free.options == ()


@pytest.mark.parametrize(("rows", "message"), [
    ((row(1), row("1")), "q.jsonl:2: question '1' is there twice"),
    ((row(1, gold="D"),), "q.jsonl:1: the gold answer 'D' of question '1' is none of the options A to C"),
    ((row(1), "{oops\n"), "q.jsonl:2: is not a line of JSON"),
    ((row(1), "[1]\n"), "q.jsonl:2: is not a JSON object"),
    (({"qid": 1, "question": "?"},), "q.jsonl:1: there is no 'gold'"),
    (({"gold": "A", "question": "?"},), "q.jsonl:1: there is no 'qid'"),
    (({"qid": True, "gold": "A"},), "q.jsonl:1: there is no 'qid'"),
    ((row(1, options=["one"]),), "q.jsonl:1: the options are no list of 2 to 26"),
    ((row(1, options="AB"),), "q.jsonl:1: the options are no list"),
    ((row(1, options=list(map(str, range(27)))),), "q.jsonl:1: the options are no list"),
    (("qid;gold\n1;A\n",), "neither lines of JSON nor a table with a column 'qid'"),
    (("qid,gold,n_options\n1,A,1\n",), "q.jsonl:2: n_options is 1"),
    (("",), "is empty"),
])  # fmt: skip
def test_broken_banks(tmp_path, rows, message):
    path = written(tmp_path / "q.jsonl", *rows)
    with pytest.raises(ScenarioError) as error:
        multiple_choice(stream(1, "task"), questions=path)  # before the first question is put
    assert message in str(error.value)


def test_files_that_cannot_be_read(tmp_path):
    with pytest.raises(ScenarioError, match="No such file"):
        bank(tmp_path / "none.jsonl")
    whole = gzip.compress("".join(json.dumps(row(n)) + "\n" for n in range(3000)).encode())
    (tmp_path / "cut.gz").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(ScenarioError, match=r"cut.gz:\d+: cannot be read"):
        bank(tmp_path / "cut.gz")


def test_rounds_are_a_fair_sample_in_order(tmp_path):
    path = written(tmp_path / "q.jsonl", *(row(n, category="law" if n % 3 else "math") for n in range(300)))
    some = [int(question.id) for question in bank(path, rounds=60)]
    assert some == sorted(set(some)) and len(some) == 60
    assert some == [int(question.id) for question in bank(path, rounds=60)]
    assert some != [int(question.id) for question in bank(path, seed=2, rounds=60)]
    seen = np.bincount([int(q.id) for seed in range(100) for q in bank(path, seed=seed, rounds=30)], minlength=300)
    assert abs(seen[:150].sum() - 1500) < 100
    assert {question.facts["category"] for question in bank(path, categories=["math"])} == {"math"}
    with pytest.raises(ScenarioError, match="there are 100 questions, 101 rounds"):
        bank(path, rounds=101, categories=["math"])
    with pytest.raises(ScenarioError, match="no category 'maths'; did you mean 'math'"):
        bank(path, categories=["maths"])


def test_the_synthetic_bank():
    questions = bank(None, rounds=2000, options=4)
    assert len({question.id for question in questions}) == 2000
    shares = np.bincount(["ABCD".index(gold_of(question)) for question in questions]) / 2000
    assert abs(shares - 0.25).max() < 0.04
    assert len(bank(None)) == 400 and bank(None, rounds=1)[0].options == tuple("ABCDEFGHIJ")
    assert bank(None, seed=1)[0].id != bank(None, seed=2)[0].id
    for bad in ({"options": 1}, {"options": 27}, {"rounds": -1}, {"categories": ["law"]}):
        with pytest.raises(ScenarioError):
            bank(None, **bad)


@pytest.mark.slow
def test_a_long_bank_is_read_in_linear_time(tmp_path):
    path = written(tmp_path / "q.jsonl", *(row(n, question="What? " * 60) for n in range(16_000)))
    short = written(tmp_path / "short.jsonl", *(row(n, question="What? " * 60) for n in range(4_000)))

    def seconds(file):
        best = 9.0
        for _ in range(3):
            start = time.process_time()
            for _ in multiple_choice(stream(1, "task"), questions=file):
                pass
            best = min(best, time.process_time() - start)
        return best

    assert seconds(path) < 8 * seconds(short) + 0.1
