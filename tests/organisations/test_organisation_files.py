"""Organisations from files: every format reads the same, and what is wrong is told with file and line."""

from __future__ import annotations

import gzip
import json

import networkx as nx
import pytest

from society_sim import Scenario, ScenarioError, Society, build, inline
from society_sim.backends.scripted import scripted
from society_sim.topologies.from_file import from_file
from society_sim.topologies.from_memberships import from_memberships

TIES = [("Ann", "Bob", "talk", 2.0), ("Bob", "Ann", "report", 1.0), ("Ann", "Cem", "command", 0.5)]


def graphml(directed="directed", more=""):
    edges = "".join(f'<edge source="{u}" target="{v}"><data key="k">{kind}</data><data key="w">{w}</data></edge>\n'
                    for u, v, kind, w in TIES)  # fmt: skip
    return (f'<?xml version="1.0"?>\n<graphml xmlns="http://graphml.graphdrawing.org/xmlns">\n'
            '<key id="k" for="edge" attr.name="kind" attr.type="string"/>\n'
            '<key id="w" for="edge" attr.name="weight" attr.type="double"/>\n'
            '<key id="c" for="node" attr.name="community" attr.type="int"/>\n'
            f'<graph edgedefault="{directed}">\n<node id="Ann"><data key="c">3</data></node>\n'
            f'<node id="Bob"/>\n<node id="Cem"/>\n{more}{edges}</graph>\n</graphml>\n')  # fmt: skip


def written(folder, name, text):
    path = folder / name
    raw = text.encode(errors="surrogateescape")
    path.write_bytes(gzip.compress(raw) if name.endswith(".gz") else raw)
    return path


CSV = "source,target,kind,weight\n" + "".join(",".join(map(str, tie)) + "\n" for tie in TIES)
JSON = json.dumps({"Ann": {"Bob": 2, "Cem": {"kind": "command", "weight": 0.5}}, "Bob": {"Ann": {"kind": "report"}},
                   "Cem": []}, indent=1)  # fmt: skip


@pytest.mark.parametrize(("name", "text"), [
    ("a.csv", CSV), ("a.csv.gz", CSV), ("a.tsv", CSV.replace(",", "\t")), ("a.json", JSON), ("a.json.gz", JSON),
    ("a.graphml", graphml()), ("a.graphml.gz", graphml()),
])  # fmt: skip
def test_formats_agree(tmp_path, name, text):
    graph = from_file(3, None, file=written(tmp_path, name, text))
    assert [graph.nodes[seat]["name"] for seat in sorted(graph)] == ["Ann", "Bob", "Cem"]
    assert {(u, v, d["kind"], d["weight"]) for u, v, d in graph.edges(data=True)} == {
        (0, 1, "talk", 2.0), (1, 0, "report", 1.0), (0, 2, "command", 0.5)}  # fmt: skip
    if "graphml" in name:
        assert graph.nodes[0]["community"] == 3
    Society(graph, inline(scripted))


def test_what_networkx_writes_is_read(tmp_path):
    karate = nx.karate_club_graph()
    nx.write_graphml(karate, tmp_path / "karate.graphml")
    graph = from_file(34, None, file=tmp_path / "karate.graphml")
    back = nx.relabel_nodes(graph.to_undirected(), {seat: int(graph.nodes[seat]["name"]) for seat in graph})
    assert nx.utils.edges_equal(back.edges, karate.edges) and graph.nodes[0]["club"] == "Mr. Hi"
    assert all(back.edges[ends]["weight"] == karate.edges[ends]["weight"] for ends in karate.edges)


def test_undirected_ties_go_both_ways(tmp_path):
    file = written(tmp_path, "a.csv", "source,target\nAnn,Bob\nBob,Cem\n")
    assert sorted(from_file(3, None, file=file, directed=False).edges) == [(0, 1), (1, 0), (1, 2), (2, 1)]
    assert sorted(from_file(3, None, file=file).edges) == [(0, 1), (1, 2)]
    other = graphml("undirected").replace('<edge source="Bob" target="Ann">', '<edge source="Bob" target="Cem">')
    own = written(tmp_path, "a.graphml", other)
    assert from_file(3, None, file=own).number_of_edges() == 6


def test_a_table_of_members(tmp_path):
    file = written(tmp_path, "ties.csv", "from,to,n\n3,1,7\n1,2,5\n")
    nodes = written(tmp_path, "nodes.csv", "id,chief,unit,note\n1,,A,\n2,1,A,\n3,1,B,gone\n4,2,B,\n5,,,\n")
    said = {"file": file, "nodes": nodes, "source": "from", "target": "to", "weight": "n", "boss": "chief",
            "community": "unit"}  # fmt: skip
    graph = from_file(5, None, **said)
    assert {(u, v, d["kind"], d["weight"]) for u, v, d in graph.edges(data=True)} == {
        (0, 1, "command", 5.0), (1, 0, "report", 1.0), (0, 2, "command", 1.0), (2, 0, "report", 7.0),
        (1, 3, "command", 1.0), (3, 1, "report", 1.0)}  # fmt: skip
    assert [graph.nodes[seat].get("level") for seat in range(5)] == [0, 1, 1, 2, 0]
    assert graph.nodes[3] == {"name": "4", "community": "B", "level": 2}
    assert sorted(from_file(4, None, **said, where={"note": ""}).edges) == [(0, 1), (1, 0), (1, 2), (2, 1)]
    assert len(from_file(4, None, **said, lone="drop")) == 4
    assert graph.graph["invariants"] == {"bosses": {}, "mirrored": {}}


BAD = [
    ("a.csv", "source,target\nAnn,Bob\nAnn,Ann\n", {}, r"a\.csv:3: 'Ann' is tied to itself"),
    ("a.csv", "source,target\nAnn,Bob\nBob,Cem\nAnn,Bob\n", {}, r"a\.csv:4: the tie from 'Ann' to 'Bob' .*line 2"),
    ("a.csv", "source,target\nAnn,Bob\nBob,Cem\nBob,Ann\n", {"directed": False}, r"a\.csv:4: .* twice"),
    ("a.csv", "source,target\nAnn,Bob\n", {}, "names 2 members, and the population has 3; .* size of 2"),
    ("a.csv", "source,goal\nAnn,Bob\n", {}, r"a\.csv:1: there is no column 'target'"),
    ("a.csv", "source,target,weight\nAnn,Bob,much\n", {}, r"a\.csv:2: the weight .* 'much'"),
    ("a.csv", "source,target,weight\nAnn,Bob,-1\n", {}, r"a\.csv:2: the weight"),
    ("a.csv", "source,target\nAnn,\n", {}, r"a\.csv:2: nobody is named"),
    ("a.csv", "source,target\nAnn\n", {}, r"a\.csv:2: 1 cells"),
    ("a.csv", "", {}, "is empty"),
    ("a.csv", "source,target\nAnn,Bob\n", {"boss": "chief"}, "are about columns of a table of nodes"),
    ("a.csv", "source,target\nAnn,Bob\nBob,Cem\n", {"invariants": {"tree": {"span": 0}}}, "span .* from 1, not 0"),
    ("a.csv", "source,target\nAnn,Bob\nBob,Cem\n", {"invariants": {"tee": {}}}, "no invariant 'tee'"),
    ("a.json", '{"Ann": ["Bob"],\n "Bob": ["Dan"]}', {}, r"a\.json:2: 'Dan' is not among the members"),
    ("a.json", '{"Ann": [],\n "Bob": [],\n "Ann": []}', {}, r"a\.json:3: 'Ann' is there twice"),
    ("a.json", '{"Ann": [],\n "Bob": 3}', {}, r"a\.json:2: the neighbours of 'Bob'"),
    ("a.json", '{"Ann": [],\n "Bob": [}', {}, r"a\.json:2: is not JSON"),
    ("a.json", "[]", {}, "must be a JSON object"),
    ("a.graphml", graphml(more='<edge source="Ann" target="Dan"/>\n'), {}, r"a\.graphml:10: 'Dan' is not among"),
    ("a.graphml", graphml(more='<node id="Bob"/>\n'), {}, r"a\.graphml:10: 'Bob' is there twice"),
    ("a.graphml", graphml(more='<edge source="Ann"/>\n'), {}, r"a\.graphml:10: this <edge> has no target"),
    ("a.graphml", graphml(more='<node id="D"><data key="c">x</data></node>\n'), {},
     "a.graphml:10: community is of type int"),
    ("a.graphml", graphml().replace("</graph>", ""), {}, r"a\.graphml:14: is not XML: mismatched tag"),
    ("a.graphml", '<!DOCTYPE a [<!ENTITY b "c">]>\n<graphml/>', {}, r"a\.graphml:1: has a DOCTYPE"),
    ("a.graphml", "<graphml/>", {}, "there is no <graph>"),
    ("a.graphml", graphml(more='<hyperedge><endpoint node="Ann"/><endpoint node="Bob"/></hyperedge>\n'), {},
     r"a\.graphml:10: a <hyperedge> joins several"),
    ("a.json", '{"Ann": [],\n "Bob": ["Ann", "Ann"]}', {}, r"a\.json:2: the tie from 'Bob' to 'Ann' is there twice"),
    ("a.json", f'{{"Ann": {{"Bob": {"9" * 5000}}}}}', {}, r"a\.json: cannot be read as JSON"),
    ("a.csv", "source,target\nAnn,Bob\nBob,\udcc4nn\n", {}, r"a\.csv:3: is not in UTF-8: .* 0xc4; save it as"),
    ("a.graphml", graphml(more='<node id="\udcc4"/>\n'), {}, r"a\.graphml:10: is not in UTF-8"),
    ("a.json", '{"Ann": [],\n "\udcc4": []}', {}, r"a\.json:2: is not in UTF-8"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "text", "more", "told"), BAD)
def test_what_is_wrong_is_told_with_its_place(tmp_path, name, text, more, told):
    with pytest.raises(ScenarioError, match=told):
        from_file(3, None, file=written(tmp_path, name, text), **more)


def test_what_is_wrong_with_members(tmp_path):
    file = written(tmp_path, "a.csv", "source,target\nAnn,Bob\nBob,Dan\n")
    for text, told in [
        ("id\nAnn\nBob\nCem\n", r"a\.csv:3: 'Dan' is not among the members"),
        ("id\nAnn\nBob\nAnn\n", r"n\.csv:4: 'Ann' is there twice, first on line 2"),
        ("id,boss\nAnn,\nBob,Eve\nDan,Ann\n", r"n\.csv:3: 'Bob' reports to 'Eve', who is not among"),
        ("id,boss\nAnn,Ann\nBob,\nDan,Ann\n", r"n\.csv:2: 'Ann' reports to itself"),
        ("name,boss\nAnn,Ann\nBob,\nDan,Ann\n", r"n\.csv:1: there is no column 'id'"),
    ]:  # fmt: skip
        nodes = written(tmp_path, "n.csv", text)
        with pytest.raises(ScenarioError, match=told):
            from_file(3, None, file=file, nodes=nodes, boss="boss" if "boss" in text else None)


def scenario(folder, **topology):
    return Scenario.of(name="x", models={"m": "synthetic"}, population={"plain": {"size": 4}}, task="multiple_choice",
                       mechanism="plurality", topology={"from_file": topology})  # fmt: skip


def test_two_roots_and_a_delegate_abroad_end_it_before_any_call(tmp_path):
    ties = written(tmp_path, "ties.csv", "source,target\na,b\n")
    nodes = written(tmp_path, "nodes.csv", "id,boss,unit,head\na,,x,true\nb,a,x,\nc,,y,true\nd,c,y,\n")
    said = {"file": ties, "nodes": nodes, "boss": "boss", "community": "unit"}
    with pytest.raises(ScenarioError, match=r"ties\.csv' breaks its invariant 'tree': seat 2 \('c'\) .*two roots"):
        build(scenario(tmp_path, **said, invariants={"tree": {}}))
    with pytest.raises(ScenarioError, match=r"'connected': seat 2 \('c'\) cannot be reached from seat 0"):
        build(scenario(tmp_path, **said, invariants={"delegates": {}, "connected": {}}))
    written(tmp_path, "nodes.csv", "id,boss,unit,head\na,,x,true\nb,a,x,\nc,,y,true\nd,a,y,\n")
    with pytest.raises(ScenarioError, match=r"'delegates': seat 3 \('d'\) of community 'y' reports to .*outside"):
        build(scenario(tmp_path, **said, invariants={"delegates": {}}))
    with pytest.raises(ScenarioError, match="names 4 members, and the population has 3"):
        build(scenario(tmp_path, **said).set("population.size", 3))
    assert build(scenario(tmp_path, **said)).graph.nodes[1]["name"] == "b"


def test_memberships(tmp_path):
    file = written(tmp_path, "m.csv", "group,role,member\ndocs,chair,Ann\ndocs,lead,Bob\nci,lead,Ann\nci,chair,Bob\n"
                   "ci,emeritus,Dan\nweb,chair,Cem\n")  # fmt: skip
    said = {"file": file, "roles": ["chair", "lead"], "heads": ["chair"]}
    graph = from_memberships(3, None, **said)
    assert sorted(graph.edges(data="weight")) == [(0, 1, 2.0), (1, 0, 2.0)]
    bob = {"name": "Bob", "groups": ["docs", "ci"], "community": "ci", "head": True, "delegate": True}
    assert graph.nodes[1] == bob
    council = from_memberships(3, None, **said, council="ring")
    assert council.number_of_edges() == 6 and council.edges[0, 1]["weight"] == 2.0
    assert len(from_memberships(4, None, file=file)) == 4
    for text, more, told in [
        ("group,member\na,b\na,b\n", {}, r"m\.csv:3: 'b' is in 'a' twice, first on line 2"),
        ("group,member\na,\n", {}, r"m\.csv:2: nobody is named in the column 'member'"),
        ("group,member\na,b\n", {}, "names 1 members, and the population has 3"),
        ("group,member\na,b\n", {"heads": ["chair"]}, "there is no column 'role'"),
        ("group,member,role\na,b,x\n", {"heads": ["chair"]}, "nobody has the role 'chair'; there are: x"),
    ]:
        with pytest.raises(ScenarioError, match=told):
            from_memberships(3, None, file=written(tmp_path, "m.csv", text), **more)
    lonely = written(tmp_path, "m.csv", "group,member,role\na,b,chair\na,c,\nd,e,\n")
    with pytest.raises(ScenarioError, match=r"'connected': seat 2 \('e'\)"):
        Society(from_memberships(3, None, file=lonely, heads=["chair"], council="star"), inline(scripted))


MANUFACTURING = {"source": "src", "target": "dst", "weight": "n_emails", "boss": "reports_to"}


@pytest.mark.data
def test_a_manufacturing_company(data):
    """167 accounts, 153 lines of reporting; without technical and former accounts a tree of depth 5, span 13."""
    said = {"file": data / "org_manufacturing_emails.csv.gz", "nodes": data / "org_manufacturing_nodes.csv.gz",
            **MANUFACTURING}  # fmt: skip
    graph = from_file(167, None, **said)
    kinds = [kind for *_, kind in graph.edges(data="kind")]
    assert kinds.count("report") == kinds.count("command") == 153
    form = {"tree": {"span": 13, "depth": 5}, "mirrored": {}}
    staff = from_file(154, None, **said, where={"note": ""}, invariants=form)
    Society(staff, inline(scripted))
    assert max(level for _, level in staff.nodes(data="level")) == 5
    bosses = {v for u, v, kind in staff.edges(data="kind") if kind == "report"}
    assert len(bosses) == 34
    del said["boss"]
    assert from_file(167, None, **said).size("weight") == 82_876
    said["boss"] = "reports_to"
    for wrong, told in [({"tree": {}}, "two roots"), ({"tree": {"span": 12}}, "more than 12")]:
        with pytest.raises(ScenarioError, match=told):
            Society(from_file(167, None, **said, invariants=wrong), inline(scripted))


@pytest.mark.data
def test_an_office(data):
    """217 people who met, 12 departments, 76 % of the time of contact within them."""
    said = {"file": data / "org_workplace2015_contacts.csv.gz", "source": "a", "target": "b", "weight": "seconds"}
    graph = from_file(217, None, **said, nodes=data / "org_workplace2015_nodes.csv.gz", directed=False,
                      community="department", lone="drop")  # fmt: skip
    own = nx.get_node_attributes(graph, "community")
    assert len(set(own.values())) == 12 and graph.number_of_edges() == 2 * 4274
    inside = sum(weight for u, v, weight in graph.edges(data="weight") if own[u] == own[v])
    assert inside / graph.size("weight") == pytest.approx(0.76, abs=0.005)


@pytest.mark.data
def test_a_federation_of_interest_groups(data):
    """129 leads of 35 groups, of whom 23 lead in more than one; with a council of chairs it holds together."""
    said = {"file": data / "org_kubernetes_leads.csv.gz", "member": "person_hash", "roles": ["chairs", "tech_leads"],
            "heads": ["chairs"]}  # fmt: skip
    graph = from_memberships(129, None, **said)
    assert sum(len(groups) > 1 for _, groups in graph.nodes(data="groups")) == 23
    assert nx.number_weakly_connected_components(graph) == 14
    Society(from_memberships(129, None, **said, council="complete"), inline(scripted))


def test_a_file_of_ties_without_a_tie_says_what_is_expected(tmp_path):
    file = written(tmp_path, "ties.csv", "source,target\n")
    with pytest.raises(ScenarioError, match=r"names nobody: there are no ties in it; .* a line for each tie") as error:
        from_file(3, None, file=file)
    assert error.value.file == file and "population" not in str(error.value)
