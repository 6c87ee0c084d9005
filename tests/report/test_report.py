"""Reports: nothing in them is code, nothing is fetched, nothing is left out, and every number is the table's."""

from __future__ import annotations

import csv
import re
import shutil
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path
from shutil import which
from xml.etree import ElementTree

import pytest
import report_samples
import society_viz
from hypothesis import given
from hypothesis import strategies as st
from society_viz import svg
from society_viz.charts import _apart
from typer.testing import CliRunner

from society_sim.cli.commands import app
from society_sim.reporting import wording
from society_sim.reporting.markdown import plain


class Seen(HTMLParser):
    """The tags of a page, the values that its tables show, and their rows."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.exact: set[str] = set()
        self.text: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        if tag == "data":
            self.exact.add(dict(attrs)["value"])

    def handle_data(self, data):
        self.text.append(data)


@pytest.fixture(scope="module")
def made(tmp_path_factory) -> Path:
    return report_samples.folder(tmp_path_factory.mktemp("runs"))


@pytest.fixture
def folder(made: Path, tmp_path: Path) -> Path:
    """A copy that a test may spoil, with its runs beside it."""
    return Path(shutil.copytree(made.parent, tmp_path / "runs")) / made.name


def table(folder: Path, name: str) -> list[dict[str, str]]:
    with (folder / f"{name}.csv").open(newline="") as file:
        return list(csv.DictReader(file))


def page(folder: Path) -> str:
    (to,) = society_viz.report(folder, folder / "page.html")
    return to.read_text()


@pytest.mark.slow
def test_the_page_asks_nobody_and_runs_nothing(made):
    seen = Seen(page(made))
    tags = {tag for tag, _ in seen.tags}
    assert not tags & {"script", "img", "link", "object", "embed", "form", "base", "audio", "video"}
    for tag, attributes in seen.tags:
        if tag == "iframe":  # a player, which can reach nothing
            assert set(attributes) == {"sandbox", "loading", "title", "srcdoc"}
            assert attributes["sandbox"] == "allow-scripts"
        assert not any(name.startswith("on") or name in ("style", "src", "srcset") for name in attributes), tag
        assert (attributes.get("href") or "#").startswith("#"), attributes
    (policy,) = [dict(a)["content"] for tag, a in seen.tags if a.get("http-equiv") == "Content-Security-Policy"]
    assert "default-src 'none'" in policy and "unsafe" not in policy
    own = re.sub(r"srcdoc='[^']*'", "", page(made))
    assert "@import" not in own and "url(" not in own


@pytest.mark.slow
def test_what_somebody_wrote_is_text(made):
    text = page(made)
    assert "&lt;script&gt;alert(1)" in text and "<script" not in text
    (to,) = society_viz.report(made, made / "page.md")
    prose = to.read_text().split("```")[0]
    assert "\\<script\\>" in prose and not re.search(r"(?<!\\)(<script|<img|\]\(http)", prose)


@pytest.mark.slow
def test_every_arm_measure_and_number_is_there(made):
    text = page(made)
    seen = Seen(text)
    for row in table(made, "arms"):
        assert row["arm"] in text
        for name in ("accuracy", "single", "calls", "tokens", "messages", "abstained"):
            assert row[name] in seen.exact or not row[name], (name, row[name])
    for row in table(made, "comparisons"):
        for name in ("difference", "p", "p_holm", "p_equivalence", "pairs"):
            assert row[name] in seen.exact or row[name] in ("", "nan"), (name, row[name])
    words = " ".join(seen.text)
    for name in ("error correlation", "undecided", "best single model", "matched tokens", "synthetic@", "independent"):
        assert name in words
    assert not re.search(r"\d\.\d{7,}", words.split("The whole scenario")[0])


def test_who_did_not_answer_is_shown_by_reason(made):
    runs = table(made, "runs")
    reasons = [name for name in runs[0] if name.startswith("abstained_") and any(int(row[name]) for row in runs)]
    assert reasons
    text = page(made)
    assert "Non-response" in text
    for name in reasons:
        assert name.removeprefix("abstained_").replace("_", " ") in text
    assert Seen(text).exact >= {str(sum(int(row["abstained"]) for row in runs
                                        if (row["arm"], row["task.options"]) == key))
                                for key in {(row["arm"], row["task.options"]) for row in runs}}  # fmt: skip


def test_captions_of_figures_say_where_they_come_from(made):
    figures = re.findall(r"<figcaption><b>Figure \d+\.</b>(.*?)</figcaption>", page(made), re.DOTALL)
    assert len(figures) >= 4
    for caption in figures:
        assert "synthetic@" in caption and "preset: independent" in caption and "seeds 0, 1" in caption
        assert "consequences of the preset" in caption
        assert "intervals:" in caption or "The run:" in caption  # a single run has none


def test_tables_have_heads_and_figures_a_name(made):
    seen = Seen(page(made))
    scopes = [attributes.get("scope") for tag, attributes in seen.tags if tag == "th"]
    assert set(scopes) == {"col", "row"}
    assert all(attributes.get("aria-label") or attributes.get("aria-labelledby") for tag, attributes in seen.tags
               if tag == "svg")  # fmt: skip
    regions = [attributes for _, attributes in seen.tags if attributes.get("role") == "region"]
    assert regions and all(attributes["tabindex"] == "0" for attributes in regions)


@pytest.mark.slow
def test_the_same_tables_give_the_same_bytes(made, folder):
    assert page(made) == page(folder)
    society_viz.report(made)
    society_viz.report(folder)
    for path in sorted(made.rglob("report*")):
        if path.is_file():
            assert path.read_bytes() == (folder / path.relative_to(made)).read_bytes()


@pytest.mark.slow
def test_markdown_has_its_figures_beside_it(folder):
    (to,) = society_viz.report(folder, folder / "out" / "page.md")
    names = re.findall(r"!\[[^]]*\]\(([^)]*)\)", to.read_text())
    assert len(names) >= 4
    for name in names:
        root = ElementTree.parse(to.parent / name).getroot()
        assert root.tag.endswith("svg")
        text, path = (to.parent / name).read_text(), to.parent / name
        assert path.with_suffix(".pdf").read_bytes()[:5] == b"%PDF-" if "prefers-color-scheme" in text else (
            path.with_suffix(".html").read_text().startswith("<!DOCTYPE html>"))  # fmt: skip


@pytest.mark.parametrize("name", ["arms.csv", "comparisons.csv", "runs.csv", "scenario.yaml"])
def test_a_missing_table_is_told(folder, name):
    (folder / name).unlink()
    assert f"Not in the folder, so not shown here: {name}" in page(folder)


def test_a_torn_table_and_a_folder_that_is_none_are_errors(folder, tmp_path):
    whole = (folder / "arms.csv").read_text()
    (folder / "arms.csv").write_text(whole[: whole.rindex(",", 0, -40)])
    told = CliRunner().invoke(app, ["report", str(folder)])
    assert told.exit_code == 2 and "arms.csv:" in told.stderr
    for what in (["report", str(tmp_path / "nowhere")], ["report", str(tmp_path)],
                 ["report", str(folder), "--to", "page.pdf"]):  # fmt: skip
        told = CliRunner().invoke(app, what)
        assert told.exit_code == 2 and told.stderr.startswith("society-sim: ")


def test_runs_that_failed_are_told_with_their_reason(folder):
    path = folder / "runs.csv"
    path.write_text(path.read_text().replace(",done,,", ",failed,<b>died</b>,", 1))
    text = page(folder)
    assert "1 of " in text and "&lt;b&gt;died&lt;/b&gt;" in text


def test_a_run_has_a_page_too(made):
    run = made.parent / table(made, "runs")[0]["run"]
    told = CliRunner().invoke(app, ["report", str(run)])
    assert told.exit_code == 0
    assert told.stdout.split() == [str(run / "report.html"), str(run / "report.md")]
    text = (run / "report.html").read_text()
    for words in ("Question", "Design", "decided rightly", "error correlation", "What it took, by model",
                  "Non-response", "What is assumed", "sha256", "society-sim replay", "How often they were right",
                  "society-sim run seed-0000/scenario.yaml --seed 0" if "/" not in run.name else ""):  # fmt: skip
        assert words in text.replace(f"{run.parent.name}/", "")
    assert "<script" not in text


def test_a_dynamic_organisation_shows_its_structure_over_time(tmp_path):
    made = report_samples.folder(
        tmp_path, grid={"task.options": [4]}, seeds=1,
        arms={"fixed": {}, "self-made": {"rewiring": {"hierarchy_by_competence": {"least": 2}}, "mechanism": "relay"}})
    text = page(made)
    assert "Structure over time: arm self-made" in text and "arm fixed" not in text.split("Structure over time")[-1]


def test_a_sweep_shows_signs_and_flip_points(tmp_path):
    levels = {"correlation": [0.5, 1.0], "confidence": ["mid"], "kappa": [0.0]}
    made = report_samples.folder(tmp_path, grid={"task.options": [4]}, seeds=1, sensitivity=levels)
    text = page(made)
    assert "Sensitivity to the assumptions" in text and "holds everywhere" in text
    for row in table(made, "sensitivity"):
        assert row["words"] in text


def test_the_player_in_a_page_is_the_one_that_animate_makes(made):
    run = made.parent / table(made, "runs")[0]["run"]
    (to,) = society_viz.report(run, run / "page.html")
    frames = [attributes["srcdoc"] for tag, attributes in Seen(to.read_text()).tags if tag == "iframe"]
    assert frames == [society_viz.animate(run, run / "it.html").read_text()]
    policy = re.search(r'Content-Security-Policy" content="([^"]*)"', to.read_text())
    inner = re.search(r"script-src ('sha256-[^']*')", frames[0])
    assert policy and inner and f"script-src {inner[1]};" in policy[1]


def test_an_experiment_without_its_records_says_that_no_run_is_shown(folder):
    for record in folder.parent.rglob("record.jsonl"):
        record.unlink()
    assert "no run is shown" in page(folder) and "<iframe" not in page(folder)


def test_the_seed_that_is_shown_is_the_nearest_to_the_means(made):
    runs = [row for row in table(made, "runs") if row["task.options"] == "2" and row["arm"] in report_samples.ARMS]
    means = {arm: sum(int(row["right"]) for row in runs if row["arm"] == arm) / 50 for arm in report_samples.ARMS}

    def away(seed: str) -> float:
        return sum((int(row["right"]) / 25 - means[row["arm"]]) ** 2 for row in runs if row["seed"] == seed)

    nearest = min(("0", "1"), key=away)
    assert f"with seed {nearest}: of all seeds the one" in page(made)
    assert page(made).count("<iframe") == len(report_samples.ARMS)


@pytest.mark.slow
@pytest.mark.browser
def test_a_player_plays_within_the_page_once_it_is_opened(made):
    chromium = which("chromium") or which("chromium-browser") or which("google-chrome")
    if chromium is None:
        pytest.skip("no Chromium on this machine")
    run = made.parent / table(made, "runs")[0]["run"]
    (to,) = society_viz.report(run, run / "page.html")
    with pytest.importorskip("playwright.sync_api").sync_playwright() as play:
        browser = play.chromium.launch(executable_path=chromium, args=["--headless", "--no-sandbox", "--disable-gpu"])
        shown = browser.new_page()
        said: list[str] = []
        shown.on("console", lambda message: said.append(message.text))
        shown.on("request", lambda request: said.append(request.url))
        shown.goto(to.as_uri())
        shown.locator("details.play summary").click()
        player = shown.frame_locator("iframe")
        player.locator("#next").click()
        assert player.locator("#place").inner_text().startswith("2 / ")
        assert said == [to.as_uri()]
        browser.close()


@pytest.mark.slow
@pytest.mark.browser
@pytest.mark.parametrize(("width", "scheme"), [(1060, "dark"), (380, "light")])
def test_a_browser_shows_it_without_a_word(made, width, scheme):
    chromium = which("chromium") or which("chromium-browser") or which("google-chrome")
    if chromium is None:
        pytest.skip("no Chromium on this machine")
    page(made)
    with pytest.importorskip("playwright.sync_api").sync_playwright() as play:
        browser = play.chromium.launch(executable_path=chromium, args=["--headless", "--no-sandbox", "--disable-gpu"])
        shown = browser.new_context(viewport={"width": width, "height": 800}, color_scheme=scheme).new_page()
        said: list[str] = []
        shown.on("console", lambda message: said.append(message.text))
        shown.on("dialog", lambda dialog: said.append(dialog.message))
        shown.on("request", lambda request: said.append(request.url))
        shown.goto((made / "page.html").as_uri())
        assert said == [(made / "page.html").as_uri()]
        assert shown.evaluate("document.documentElement.scrollWidth") <= width
        dark = "rgb(20, 24, 28)" if scheme == "dark" else "rgb(255, 255, 255)"
        assert shown.evaluate("getComputedStyle(document.body).backgroundColor") == dark
        shown.keyboard.press("Tab")
        assert shown.evaluate("document.activeElement.className") == "skip"
        outside = """() => [...document.querySelectorAll('svg')].flatMap(s =>
            [...s.querySelectorAll('text')].filter(t => {
            const a = s.getBoundingClientRect(), b = t.getBoundingClientRect();
            return b.width && (b.left < a.left - 2 || b.right > a.right + 2 || b.bottom > a.bottom + 2)})).length"""
        assert shown.evaluate(outside) == 0
        browser.close()


@pytest.mark.slow
@given(st.text(max_size=60))
def test_markdown_has_no_way_out_of_a_cell(text):
    made = plain(text)
    assert "\n" not in made
    for special in "<|`[*":
        assert re.search(rf"(?<!\\)(\\\\)*{re.escape(special)}", made) is None


@given(st.floats(-1e6, 1e6), st.floats(1e-6, 1e6), st.integers(2, 8))
def test_ticks_are_few_ordered_and_within(low, wide, about):
    high = low + wide
    marks = svg.ticks(low, high, about)
    assert marks == sorted(set(marks)) and len(marks) <= about + 2
    assert all(low - 1e-6 * wide - 1e-9 <= tick <= high + 1e-6 * wide + 1e-9 for tick in marks)


@given(st.lists(st.floats(0, 100), min_size=1, max_size=6))
def test_names_beside_points_do_not_overlap(wanted):
    spots = _apart(sorted(wanted), 14, 0, 100)
    assert all(after - before >= 14 - 1e-9 for before, after in pairwise(spots))


@given(st.floats(0.001, 0.5), st.floats(0.001, 0.5), st.integers(1, 50))
def test_more_seeds_are_enough(difference, error, have):
    row = {"low": difference - 1.96 * error, "high": difference + 1.96 * error, "level": 0.95}
    more = wording.more(row, have, 0.05, difference)
    assert more is not None and more >= 1
    seen = wording.detectable(row, 0.05) * (have / (have + more)) ** 0.5
    assert seen <= difference * (1 + 1e-6)
