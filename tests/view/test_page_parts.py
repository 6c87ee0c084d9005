"""The page as Solara makes it, without a browser."""

from __future__ import annotations

import threading
import time
from pathlib import Path
from typing import Any

import payloads
import pytest
import samples

solara = pytest.importorskip("solara")
pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("ignore")]  # Mesa's and Solara's own


@pytest.fixture
def page() -> Any:
    return pytest.importorskip("society_viz.view.page")


def rendered(page: Any, target: str, out: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setenv("SOCIETY_VIEW", target)
    monkeypatch.setenv("SOCIETY_VIEW_OUT", str(out))
    return Found(*solara.render(page.Page(), handle_error=False))


def one(found: Any, trait: str) -> Any:
    """The part of the page that has *trait*."""
    return next(widget for widget in parts(found) if hasattr(widget, trait))


def parts(found: Any) -> list[Any]:
    """Every widget on the page."""
    sought, there = [found.box], []
    while sought:
        widget = sought.pop()
        there.append(widget)
        slots = [slot.get("children") for slot in getattr(widget, "v_slots", None) or ()]
        for child in [*(getattr(widget, "children", None) or ()), *slots]:
            sought += [one for one in (child if isinstance(child, list) else [child]) if hasattr(one, "comm")]
    return there


class Found:
    def __init__(self, box: Any, context: Any) -> None:
        self.box, self.close = box, context.close


def troubles(found: Any) -> list[str]:
    return [str(one.children[0]) for one in parts(found) if getattr(one, "class_", "") == "sv-trouble"]


def say(widget: Any, event: str, data: Any = None) -> None:
    """What the browser says when somebody does something."""
    widget._handle_event(None, {"event": event, "data": data}, [])


def until(sought: Any) -> None:
    end = time.monotonic() + 20
    while not sought():
        assert time.monotonic() < end
        time.sleep(0.02)


def test_a_scenario_is_stepped_and_scrubbed(page: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    found = rendered(page, "second_look", tmp_path, monkeypatch)
    graph, transport = one(found, "cast"), one(found, "questions")
    assert len(graph.cast["nodes"]) == 25 and transport.place == 0
    for place in range(1, 5):
        say(transport, "step")  # or, if that takes longer than anybody waits, as soon as the answers are there
        until(lambda place=place: transport.place == place)
    assert transport.questions[0] == 1
    assert sum(row[4] for row in graph.moment["tally"]) == 25
    fills = graph.moment["fills"]
    say(transport, "go", 1)
    assert transport.place == 1 and set(graph.moment["fills"]) == {-1}
    say(transport, "go", 4)
    assert graph.moment["fills"] == fills
    found.close()


def test_panels_are_made_one_at_a_time_for_where_one_is(
    page: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from society_viz.view import beneath

    go_on, places, going, most = threading.Event(), [], [], []

    def slowly(known: Any) -> tuple[list[Any], list[Any]]:
        places.append(known.place)
        going.append(1)
        most.append(len(going))
        go_on.wait(20)
        going.pop()
        return [{"name": "slow", "title": str(known.place), "about": "", "blocks": []}], []

    monkeypatch.setattr(beneath, "shown", slowly)
    found = rendered(page, "second_look", tmp_path, monkeypatch)
    transport, panels = one(found, "questions"), one(found, "panels")
    until(lambda: places)
    for place in range(1, 5):
        say(transport, "step")
        until(lambda place=place: transport.place == place)
    go_on.set()
    until(lambda: [one["title"] for one in panels.panels] == ["4"])
    assert max(most) == 1 and places[0] == 0 and set(places[1:]) == {4}
    found.close()


def test_playing_waits_for_a_page_that_is_slower_than_the_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import ipyvuetify
    from society_viz.view import controls
    from society_viz.view.watched import Watched

    monkeypatch.setattr(controls, "_PATIENT", 60.0)
    watched = Watched("second_look", out=str(tmp_path))
    watched.shown = 0
    player = controls.Controller(solara.reactive(watched), model_parameters=solara.reactive({}),
                                 play_interval=solara.reactive(1), render_interval=solara.reactive(1))  # fmt: skip
    _, context = solara.render(player, handle_error=False)
    context.find(ipyvuetify.Btn)[1].widget.click()
    for place in (1, 2):
        until(lambda place=place: watched.place == place)
        time.sleep(0.2)
        assert watched.place == place  # nobody has seen it yet
        watched.shown = place
    until(lambda: watched.place == 3)
    context.find(ipyvuetify.Btn)[1].widget.click()
    context.close()
    watched.source.close()


def test_mesas_own_controller_steps_it_and_begins_anew(tmp_path: Path) -> None:
    import ipyvuetify
    from mesa.visualization.solara_viz import ModelController
    from society_viz.view.watched import Watched

    given = {"of": "second_look", "out": str(tmp_path), "task.rounds": "1"}
    model = solara.reactive(Watched(**given))
    controls = ModelController(
        model, model_parameters=solara.reactive(given), play_interval=solara.reactive(1),
        render_interval=solara.reactive(1), use_threads=solara.reactive(False),
    )  # fmt: skip
    _, context = solara.render(controls, handle_error=False)
    buttons = context.find(ipyvuetify.Btn)
    until(lambda: buttons[2].widget.click() or model.value.place >= 3)
    buttons[1].widget.click()  # plays to the end, in a thread of its own
    until(lambda: not model.value.running)
    assert model.value.moments[model.value.place].kind == "end"
    buttons[0].widget.click()
    assert model.value.place == 0 and model.value.running
    context.close()


@pytest.mark.parametrize("target", ["nonsense", "hostile", "nobody", "one", "crowd", "torn", "garbage", "odd", "old"])
def test_whatever_is_opened_there_is_a_page(
    target: str, page: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    run = tmp_path / "run-00000000" / "seed-0000"
    if target == "hostile":
        samples.write(payloads.record(payloads.SCRIPTS), run)
    elif target == "nobody":
        head = {"t": 0, "kind": "header", "format": 1}
        samples.write([head, {"t": 0, "kind": "graph", "nodes": {}, "ties": []}], run)
    elif target in ("one", "crowd"):
        samples.write(samples.closing(samples.opening(target, [f"Ann {at}" for at in range(SIZES[target])], [])), run)
    elif target == "garbage":
        samples.write([{"t": 0, "kind": "header", "format": 1}], run)
        with (run / "record.jsonl").open("ab") as file:
            file.write(bytes(range(256)) * 40 + b"\n")
    elif target == "odd":
        samples.write(oddities(), run)
    elif target == "torn":
        samples.write(samples.panel(), run)
        data = (run / "record.jsonl").read_bytes()
        (run / "record.jsonl").write_bytes(data[: len(data) // 2])
    elif target == "old":
        samples.write([{"t": 0, "kind": "header", "format": 0}], run)
    found = rendered(page, str(run) if run.exists() else target, tmp_path, monkeypatch)
    wrong, end = target in ("nonsense", "old", "garbage"), time.monotonic() + 20
    while not (told := troubles(found)) and wrong and time.monotonic() < end:
        time.sleep(0.02)  # records are read on a thread of their own
    assert bool(told) == wrong, told
    assert not any("Traceback" in text for text in told)
    if target not in ("nonsense", "old"):
        transport = one(found, "questions")
        assert one(found, "cast")
        for place in range(min(transport.count, 12)):  # a picture of every moment, or why there is none
            say(transport, "go", place)
            say(one(found, "cast"), "choose", 0)
    assert not caplog.records, caplog.text
    found.close()


SIZES = {"one": 1, "crowd": 5_000}


def oddities() -> list[dict[str, Any]]:
    """A record of entries whose fields are of every kind but the right one."""
    wrong: list[Any] = [None, True, -1, 1e300, "", "x" * 5_000, [], [[]], {}, {"a": {"a": {"a": {"a": []}}}}]
    keys = ("member", "value", "from", "to", "source", "target", "words", "options", "text", "decision", "about", "saw",
            "parties", "nodes", "ties", "traits", "name", "price", "tokens", "micro_usd", "facts", "asked")  # fmt: skip
    kinds = ("member", "graph", "question", "answer", "message", "refused", "outcome", "assign", "link", "unlink",
             "proposal", "reply", "transfer", "accounts", "capacity", "market", "order", "join", "leave")  # fmt: skip
    entries: list[dict[str, Any]] = [{"t": 0, "kind": "header", "format": 1}]
    entries += [{"t": 0, "kind": "member", "member": seat, "name": f"Ann {seat}"} for seat in range(3)]
    for at, value in enumerate(wrong):
        entries += [{"t": at, "kind": kind, **dict.fromkeys(keys, value)} for kind in kinds]
        entries.append({"t": value, "kind": "answer", "member": 1, "value": value})
    return entries


def test_the_gallery_opens_what_it_offers_and_nothing_else(
    page: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = rendered(page, "", tmp_path, monkeypatch)
    gallery = one(found, "scenarios")
    assert {"second_look", "double_auction"} <= {offer["of"] for offer in gallery.scenarios}
    say(gallery, "open", "/etc/passwd")
    assert one(found, "scenarios")
    say(gallery, "open", "second_look")
    assert len(one(found, "cast").cast["nodes"]) == 25
    found.close()


def test_a_member_is_shown_with_its_acts(
    page: Any, recorded: dict[str, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = rendered(page, str(recorded["second_look"]), tmp_path, monkeypatch)
    transport = one(found, "questions")
    until(lambda: say(transport, "go", 0) or transport.whole)
    say(transport, "go", 4)
    say(one(found, "cast"), "choose", 3)
    until(lambda: any(hasattr(widget, "chain") for widget in parts(found)))
    card = one(found, "chain")
    assert card.facts["name"] == "Member 3"
    say(card, "look", card.facts["acts"][0][2])
    until(lambda: card.chain)
    assert [step for step, _ in card.chain][2:4] == ["Prompt", "Answer"]
    until(lambda: one(found, "panels").panels)
    assert {"ballots", "measures", "spending"} <= {panel["name"] for panel in one(found, "panels").panels}
    found.close()


def test_a_moment_that_cannot_be_drawn_leaves_everything_in_its_place(
    page: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = rendered(page, "second_look", tmp_path, monkeypatch)
    there = ("cast", "questions", "addresses", "rows")
    before = [one(found, trait) for trait in there]
    with monkeypatch.context() as broken:
        broken.setattr(page.beside, "side", lambda *_: 1 / 0)
        say(before[1], "go", 0)
        told = [one.children[0] for one in parts(found) if getattr(one, "class_", "") == "sv-trouble"]
        assert told == ["This moment cannot be drawn (ZeroDivisionError: division by zero)."]
    say(before[1], "go", 0)
    assert not [one for one in parts(found) if getattr(one, "class_", "") == "sv-trouble"]
    assert all(one(found, trait) is widget for trait, widget in zip(there, before, strict=True))
    found.close()


def test_a_form_begins_a_run_of_its_own_or_says_why_not(page: Any, tmp_path: Path) -> None:
    from society_viz.view.controls import Creator
    from society_viz.view.watched import Watched

    given = {"of": "hierarchy_against_flat", "out": str(tmp_path)}
    model, parameters = solara.reactive(Watched(**given)), solara.reactive({})
    found = Found(*solara.render(Creator(model, given, model_parameters=parameters), handle_error=False))
    blank, first = one(found, "groups"), model.value
    assert [name for name, _ in blank.design] == ["arm", "crowd"]
    say(blank, "begin", {"sets": {"task.rounds": "many"}})
    assert "rounds is a whole number" in blank.wrong and model.value is first
    say(blank, "begin", {"cell": {"arm": "hierarchy", "crowd": "clones"}})
    values = {field["address"]: field["value"] for group in blank.groups for field in group["fields"]}
    assert not blank.wrong and values["topology"] == "hierarchical" and values["population.mix"] == "clones"
    say(blank, "begin", {"sets": {"topology.span": "2"}, "seed": "7"})
    assert blank.seed == "7" and blank.cell == {"arm": "hierarchy", "crowd": "clones"}
    again = Watched(**parameters.value)  # as Reset has it
    assert again.source is model.value.source
    found.close()
