"""From a record to a table, to the registered measures, to a file, and to a figure."""

from __future__ import annotations

import csv
import math
import weakref
from collections.abc import Iterator
from pathlib import Path

import orjson
import pytest
from click.testing import Result
from society_viz import VizError, structure_figure
from typer.testing import CliRunner

from society_sim import runs
from society_sim.cli.commands import app
from society_sim.errors import ScenarioError, SocietyError
from society_sim.registry import measure
from society_sim.scenario import Scenario
from society_sim.store import RecordFile, Store
from society_sim.structure import DEFAULT, KNOWN, structure_over_time, write_csv

HEADER = {"t": 0.0, "kind": "header", "format": 1, "name": "three", "seed": 1, "version": "0", "models": {}}
GRAPH = {"t": 0.0, "kind": "graph", "nodes": {str(seat): {} for seat in range(4)},
         "ties": [[1, 0, "report", 1.0], [2, 0, "report", 1.0], [3, 0, "report", 1.0]]}  # fmt: skip
RECORD = [
    HEADER,
    GRAPH,
    {"t": 0.5, "kind": "message", "from": 1, "to": 0, "words": "up"},
    {"t": 1.0, "kind": "link", "source": 1, "target": 2, "tie": "talk", "weight": 1.0},
    {"t": 1.0, "kind": "message", "from": 1, "to": 2, "words": "over"},
    {"t": 2.5, "kind": "unlink", "source": 3, "target": 0},
    {"t": 2.5, "kind": "link", "source": 3, "target": 1, "tie": "report", "weight": 1.0},
    {"t": 2.5, "kind": "message", "from": 3, "to": 1, "words": "up"},
    {"t": 2.5, "kind": "silence", "from": 3, "to": 1},
]


class Seen(dict):
    """A row of which it can be told whether it is still there."""

    __hash__ = object.__hash__


def passing(many: int, most: list[int]) -> Iterator[Seen]:
    """So *many* rows; *most* gets how many of them were alive at once."""
    alive: weakref.WeakSet[Seen] = weakref.WeakSet()
    for number in range(many):
        row = Seen(t=float(number), ties=1.0)
        alive.add(row)
        most[:] = [max(*most, len(alive))]
        yield row


def column(name: str, every: float = 1.0, record=RECORD) -> list[float]:
    return [row[name] for row in structure_over_time(record, every, (name,))]


def test_a_row_tells_what_holds_after_all_that_happened_up_to_its_moment():
    rows = structure_over_time(RECORD, 1.0, ("depth", "ties", "rewired", "messages", "formality", "sibling_share"))
    assert [row["t"] for row in rows] == [0, 1, 2, 2.5]
    assert [row["depth"] for row in rows] == [1, 1, 1, 2]
    assert [row["ties"] for row in rows] == [3, 4, 4, 4]
    assert [row["rewired"] for row in rows] == [0, 1, 0, 2]
    assert [row["messages"] for row in rows] == [0, 2, 0, 1]
    assert [row["formality"] for row in rows][1::2] == [0.5, 1]
    assert [row["sibling_share"] for row in rows][1::2] == [0.5, 0]


def test_the_columns_are_those_asked_for_in_their_order():
    assert list(structure_over_time(RECORD, 1.0, ("ties", "depth"))[0]) == ["t", "ties", "depth"]
    assert list(structure_over_time(RECORD)[0]) == ["t", *DEFAULT]
    assert structure_over_time(RECORD, 1.0, KNOWN)


def test_measures_are_of_the_end_or_a_mean_over_time():
    def value(name, **parameters):
        return measure.get(name).function(RECORD, **parameters)

    assert value("depth") == 2
    assert value("depth", every=1.0) == pytest.approx(5 / 4)
    assert value("span") == pytest.approx(1.5)
    assert value("rewired") == 3
    assert value("formality") == pytest.approx(2 / 3)
    assert value("sibling_share") == pytest.approx(1 / 3)
    assert value("busiest") == 1
    assert math.isnan(value("modularity"))
    assert value("modularity", found=True) >= 0
    for name in ("widest_span", "density", "clustering", "centralisation", "algebraic_connectivity", "reachability",
                 "components", "bottleneck", "external_internal"):  # fmt: skip
        assert value(name) == column(name)[-1] or math.isnan(value(name)), name


def test_a_record_without_a_graph_has_no_rows():
    assert structure_over_time([HEADER]) == []
    assert math.isnan(measure.get("depth").function([HEADER]))


def test_a_later_graph_takes_the_place_of_the_first():
    later = {**GRAPH, "t": 3.0, "ties": []}
    assert column("ties", record=[*RECORD, later]) == [3, 4, 4, 0]


@pytest.mark.parametrize("every", [0.0, -1.0, math.inf, math.nan])
def test_rows_are_some_way_apart(every):
    with pytest.raises(ScenarioError, match="every"):
        structure_over_time(RECORD, every)


def test_what_is_not_known_is_told():
    with pytest.raises(ScenarioError, match="did you mean 'depth'"):
        structure_over_time(RECORD, 1.0, ("dept",))
    with pytest.raises(SocietyError, match="no such tie"):
        structure_over_time([*RECORD, {"t": 3.0, "kind": "unlink", "source": 0, "target": 3}])


def test_a_file_holds_the_table(tmp_path):
    rows = structure_over_time(RECORD)
    with write_csv(rows, tmp_path / "table.csv").open(newline="") as file:
        back = list(csv.DictReader(file))
    assert [{name: float(value or "nan") for name, value in row.items()} for row in back] == [
        pytest.approx(row, nan_ok=True) for row in rows]  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize(("ending", "begins"), [(".png", b"\x89PNG"), (".svg", b"<?xml"), (".pdf", b"%PDF")])
def test_the_same_table_gives_the_same_figure(tmp_path, ending, begins):
    rows = structure_over_time(RECORD, 1.0, KNOWN if ending == ".svg" else ("depth", "span"))
    one, two = (structure_figure(rows, HEADER, tmp_path / f"{name}{ending}").read_bytes() for name in "ab")
    assert one == two
    assert one.startswith(begins)
    if ending == ".svg":
        for word in (b"Hierarchy", b"mean span", b"simulated time", b"three"):
            assert word in one


def test_panels_of_nothing_but_zeros_are_left_out_unless_there_is_no_other(tmp_path):
    rows = structure_over_time(RECORD)
    flat = [row | {"depth": 0.0, "span": 0.0, "widest_span": 0.0} for row in rows]
    drawn = structure_figure(flat, HEADER, tmp_path / "a.svg").read_text()
    assert "Hierarchy" not in drawn and "simulated time" in drawn
    alone = [{"t": row["t"], "depth": 0.0} for row in rows]
    assert "Hierarchy" in structure_figure(alone, HEADER, tmp_path / "b.svg").read_text()


def test_what_cannot_be_drawn_is_told(tmp_path):
    with pytest.raises(VizError, match=r"\.png, \.svg or \.pdf"):
        structure_figure(structure_over_time(RECORD), HEADER, tmp_path / "a.gif")
    with pytest.raises(VizError, match="nothing to draw"):
        structure_figure([], HEADER, tmp_path / "a.png")
    (tmp_path / "file").write_text("no folder")
    with pytest.raises(VizError, match="cannot write"):
        structure_figure(structure_over_time(RECORD), HEADER, tmp_path / "file" / "a.png")


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run in which promotions change the ties."""
    scenario = Scenario.of(
        name="promotions", models={"m": {"synthetic": {}}}, population={"plain": {"size": 7, "model": "m"}},
        topology={"hierarchical": {"span": 2}}, rewiring={"competence": {"least": 1}},
        task={"multiple_choice": {"rounds": 8}}, mechanism="relay",
        measures=["rewired", "depth", {"span": {"every": 1.0}}, "formality"],
    )  # fmt: skip
    return runs.run(scenario, out=tmp_path_factory.mktemp("runs")).folder


def call(*arguments: object) -> Result:
    return CliRunner().invoke(app, ["structure", *map(str, arguments)], env={"COLUMNS": "160"})


def test_a_real_run_is_measured_as_it_goes(kept):
    with Store(kept, "") as store:
        rows = structure_over_time(store.record, 1.0)
    entries = list(RecordFile(kept / "record.jsonl"))
    changes = [entry for entry in entries if entry["kind"] in ("link", "unlink")]
    assert changes
    assert sum(row["rewired"] for row in rows) == len(changes)
    assert {(row["depth"], row["span"], row["formal_share"]) for row in rows} == {(2.0, 2.0, 1.0)}
    assert sum(row["messages"] for row in rows) == sum(entry["kind"] == "message" for entry in entries)
    assert all(row["formality"] == 1 for row in rows if row["messages"])


@pytest.mark.slow
def test_the_command_prints_and_writes(kept, tmp_path):
    shown = call(kept, "--every", 4)
    assert shown.exit_code == 0, shown.output
    assert "simulated time" in shown.stdout
    assert "algebraic connectivity" in shown.stdout
    assert "bottleneck" in shown.stdout
    narrow = call(kept, "--every", 0.1, "--measure", "depth")
    assert "--csv FILE writes all" in narrow.stdout
    written = call(kept, "--csv", tmp_path / "a.csv", "--to", tmp_path / "a.svg")
    assert written.exit_code == 0
    assert (tmp_path / "a.csv").read_text().startswith("t,ties,")
    assert (tmp_path / "a.svg").is_file()


@pytest.mark.parametrize(("arguments", "words"), [
    (["--measure", "dept"], "did you mean 'depth'"), (["--every", 0], "every"), (["--to", "a.gif"], "must end in"),
    (["--csv", "no/where/a.csv"], "no folder"),
])  # fmt: skip
def test_the_command_says_what_is_wrong(kept, arguments, words):
    result = call(kept, *arguments)
    assert result.exit_code == 2
    assert words in result.stderr


def test_the_command_needs_a_run(tmp_path):
    result = call(tmp_path)
    assert result.exit_code == 2
    assert "holds no record" in result.stderr


def test_a_table_is_written_a_row_at_a_time(tmp_path):
    most = [0, 0]
    write_csv(passing(500, most), tmp_path / "x.csv")
    assert len((tmp_path / "x.csv").read_text().splitlines()) == 501
    assert most[0] <= 4


@pytest.mark.parametrize("more", [["--json"], ["--csv", "x.csv"], ["--json", "--csv", "x.csv"], []])
def test_the_command_holds_no_more_rows_than_it_shows(more, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "record.jsonl").write_bytes(b"".join(orjson.dumps(entry) + b"\n" for entry in RECORD))
    most = [0, 0]
    monkeypatch.setattr("society_sim.cli.structure.rows", lambda *_: passing(500, most))
    told = CliRunner().invoke(app, ["structure", str(tmp_path), *more])
    assert told.exit_code == 0, told.output
    assert most[0] <= 44
    if "--json" in more:
        assert [row["t"] for row in orjson.loads(told.stdout)] == list(range(500))
    elif not more:
        assert "and 460 more" in told.stdout


@pytest.mark.parametrize("more", [["--json"], ["--csv", "x.csv"]])
def test_of_a_record_that_makes_no_sense_nothing_is_printed_or_written(more, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "x.csv").write_text("before")
    wrong = [*RECORD, {"t": 3.0, "kind": "unlink", "source": 3, "target": 0}]
    (tmp_path / "record.jsonl").write_bytes(b"".join(orjson.dumps(entry) + b"\n" for entry in wrong))
    told = CliRunner().invoke(app, ["structure", str(tmp_path), *more])
    assert told.exit_code != 0
    assert (told.stdout, (tmp_path / "x.csv").read_text()) == ("", "before")
