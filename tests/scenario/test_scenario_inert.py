"""Nothing in a scenario file is ever executed: gadgets are refused, or stay the text that they are."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from society_sim import Scenario
from society_sim.errors import ScenarioError

_heard: list[str] | None = None
_ACTS = (
    "exec",
    "compile",
    "subprocess.",
    "socket.",
    "os.system",
    "os.exec",
    "os.spawn",
    "pickle.",
    "import",
    "ctypes.",
)


def _listen(event: str, _: Any) -> None:
    if _heard is not None and event.startswith(_ACTS):
        _heard.append(event)


sys.addaudithook(_listen)  # it cannot be taken away again; outside of `acts` it hears nothing


@pytest.fixture
def acts(small: Path) -> Iterator[list[str]]:
    """What this process does beyond reading, from here on."""
    global _heard
    Scenario.read(small, ["mechanism={test_odd: {whatever: x}}"]).dump()  # signatures are read once
    yaml.parse("a")
    _heard = []
    yield _heard
    _heard = None


REFUSED = [
    "!!python/object/apply:os.system ['id']",
    "!!python/object/new:subprocess.Popen [[id]]",
    "!!python/name:os.system",
    "!!python/module:os",
    "!!python/object:builtins.eval {}",
    "!<tag:yaml.org,2002:python/object/apply:os.system> [id]",
    "!!binary gASVHQAAAAAAAACMBXBvc2l4lIwGc3lzdGVtlJOUjAJpZJSFlFKULg==",
    "!include /etc/passwd",
    "!!set {a}",
    "!!timestamp 2001-01-01",
    "&a [*a]",
    "*undefined",
]
TEXT = [
    "{a.__class__.__mro__}",
    "{0.__init__.__globals__}",
    "{{7*7}}",
    "{% import os %}",
    "${HOME}",
    "$(id)",
    "`id`",
    "%(x)s",
    "__import__('os').system('id')",
    "lambda: 1",
    "os:system",
    "gASVHQAAAAAAAACMBXBvc2l4lIwGc3lzdGVtlJOU",
    "cos\nsystem\n(S'id'\ntR.",
    "; rm -rf .",
    "<script>alert(1)</script>",
    "=cmd|' /C calc'!A0",
    "file:///etc/passwd",
    "on: {push: }",
]


@pytest.mark.parametrize("gadget", REFUSED)
def test_gadgets_are_refused(small: Path, acts: list[str], gadget: str) -> None:
    small.write_text(small.read_text() + f"rewiring: {gadget}\n")
    with pytest.raises(ScenarioError):
        Scenario.read(small)
    assert acts == []


@pytest.mark.parametrize("gadget", TEXT)
def test_gadgets_stay_text(small: Path, acts: list[str], gadget: str) -> None:
    quoted = json.dumps(gadget)
    small.write_text(
        small.read_text().replace(
            "mechanism: {test_poll: {looks: 1}}",
            f"mechanism: {{test_odd: {{whatever: [{quoted}], prices: {{{quoted}: 1}}, names: [{quoted}]}}}}",
        )
    )
    scenario = Scenario.read(small)
    assert scenario.part("mechanism")[1]["whatever"] == [gadget]
    assert gadget in scenario.part("mechanism")[1]["prices"]
    assert len(scenario.digest) == 64
    small.with_name("again.yaml").write_text(scenario.dump())
    assert Scenario.read(small.with_name("again.yaml")) == scenario
    assert acts == []
