"""Recorded answers: cells, prices, and what can be wrong with a table."""

from __future__ import annotations

import gzip
from hashlib import sha256

import pytest

from society_sim.backends.recorded import recorded
from society_sim.errors import NoAnswer, ScenarioError
from society_sim.forms import Choice, Confident, Text
from society_sim.seal import Sealed
from society_sim.testing import check_backend
from society_sim.values import Item, Query

TABLE = "qid,category,gold,n_options,small,large\nq1,law,A,3,A,B\nq2,law,B,3,-,\n\"q,3\",law,C,3,<none>,  \n"
FORM = Choice("ABC")


@pytest.fixture
def table(tmp_path):
    path = tmp_path / "answers.csv"
    path.write_text(TABLE)
    return path


def query(qid, model, form=FORM, text="Which one is it?"):
    item = Item(qid, text, ("A", "B", "C"), Sealed("A")) if qid else None
    return Query(member=0, occurrence=0, model=model, system="", text=text, form=form, seed=1, item=item, key="k")


def said(backend, *args, **kwargs):
    return backend.submit(query(*args, **kwargs)).result()


def test_cells(table):
    backend = recorded(answers=table)
    assert backend.variants == ("small", "large")
    assert backend.reads_items
    assert FORM.parse(said(backend, "q1", "small").text) == "A"
    assert said(backend, "q1", "large", Text()).text == "B"
    assert Confident(FORM).parse(said(backend, "q1", "large").text) == ("B", None)
    for qid, model, form in (("q2", "small", FORM), ("q,3", "small", FORM), ("q2", "small", Text())):
        with pytest.raises(ValueError):
            form.parse(said(backend, qid, model, form).text)
    assert Text().parse(said(backend, "q,3", "large", Text()).text) == "<empty>"
    for qid, model in (("q2", "large"), ("q9", "small"), ("q1", "huge"), (None, "small")):
        with pytest.raises(NoAnswer) as none:
            said(backend, qid, model)
        assert none.value.reason == "missing"
    check_backend(backend)


def test_the_watermark_is_the_hash_of_the_file(table):
    assert recorded(answers=table).watermark == "recorded@" + sha256(TABLE.encode()).hexdigest()[:12]


def test_gzipped_and_with_a_byte_order_mark(tmp_path):
    path = tmp_path / "answers.csv.gz"
    path.write_bytes(gzip.compress(b"\xef\xbb\xbf" + TABLE.replace("\n", "\r\n").encode()))
    assert FORM.parse(said(recorded(answers=path), "q1", "small").text) == "A"


def test_some_columns(table):
    assert recorded(answers=table, columns=["large"]).variants == ("large",)
    with pytest.raises(ScenarioError, match="no column 'larg'; did you mean 'large'"):
        recorded(answers=table, columns=["larg"])


def test_lengths_and_prices(table, tmp_path):
    lengths, prices = tmp_path / "lengths.csv", tmp_path / "prices.csv"
    lengths.write_text("qid,small,large\nq1,400,\n")
    prices.write_text("model,usd_per_mtok_in,usd_per_mtok_out\nsmall,1.5,10\nlarge,,\nsmall,1.5,10\n")
    backend = recorded(answers=table, lengths=lengths, prices=prices)
    answer = said(backend, "q1", "small", text="x" * 80)
    assert (answer.tokens_in, answer.tokens_out, answer.micro_usd) == (20, 100, 20 * 1.5 + 100 * 10)
    assert said(backend, "q1", "large").micro_usd == 0
    assert said(backend, "q1", "large").tokens_out == len("ANSWER: B") // 4
    assert backend.watermark.count("@") == 3
    prices.write_text("model,usd_per_mtok_in,usd_per_mtok_out\nsmall,1,2\nsmall,1,3\n")
    with pytest.raises(ScenarioError, match=r"prices.csv:3: model 'small' has two different prices"):
        recorded(answers=table, prices=prices)
    prices.write_text("model,usd_per_mtok_in,usd_per_mtok_out\nsmall,1,nan\n")
    with pytest.raises(ScenarioError, match=r"prices.csv:2: 1 and nan are no prices"):
        recorded(answers=table, prices=prices)
    with pytest.raises(ScenarioError, match="lengths belong to recorded answers"):
        recorded(lengths=lengths)


@pytest.mark.parametrize(("text", "message"), [
    ("", "is empty"),
    ("id,a\n1,A\n", "answers.csv:1: there is no column 'qid'"),
    ("qid,a,a\n1,A,A\n", "answers.csv:1: there are two columns 'a'"),
    ("qid,gold\n1,A\n", "answers.csv:1: there is no column with a model's answers"),
    ("qid,a\n1,A\n2,B\n1,C\n", "answers.csv:4: question '1' is there twice"),
    ("qid,a\n1,A\n,B\n", "answers.csv:3: qid is empty"),
    ("qid,a\n1,A,B\n", "answers.csv:2: 3 cells, the head has 2"),
    ('qid,a\n1,"A\n', "cannot be read as CSV"),
])  # fmt: skip
def test_broken_tables(tmp_path, text, message):
    path = tmp_path / "answers.csv"
    path.write_text(text)
    with pytest.raises(ScenarioError) as error:
        recorded(answers=path)
    assert message in str(error.value)


def test_files_that_cannot_be_read(tmp_path):
    with pytest.raises(ScenarioError, match=r"none.csv.*No such file"):
        recorded(answers=tmp_path / "none.csv")
    cut = tmp_path / "cut.csv.gz"
    rows = "".join(f"{number},A,B\n" for number in range(5000))
    cut.write_bytes(gzip.compress(b"qid,small,large\n" + rows.encode())[:-20])
    with pytest.raises(ScenarioError, match="cannot be read as CSV"):
        recorded(answers=cut)
    (tmp_path / "latin.csv").write_bytes(b"qid,a\n1,\xe9\n")
    with pytest.raises(ScenarioError, match=r"latin.csv:2: is not in UTF-8"):
        recorded(answers=tmp_path / "latin.csv")


@pytest.mark.parametrize("files", [True, False])
def test_a_recording_has_no_confidence_and_no_reasons(tmp_path, files):
    table = tmp_path / "a.csv"
    table.write_text("qid,gold,m\n1,A,A\n")
    model = recorded(answers=table) if files else recorded()
    form = Confident(Choice("AB"))
    query = Query(member=0, occurrence=0, model=model.variants[0], system="", text="?", form=form, seed=1, key="0")
    with pytest.raises(ScenarioError, match="cannot fill in Confident"):
        model.submit(query)
