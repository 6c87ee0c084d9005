"""Who sits down."""

from __future__ import annotations

import pytest

from society_sim.backends.pools import inline
from society_sim.backends.recorded import recorded
from society_sim.errors import ScenarioError
from society_sim.populations.panel import panel
from society_sim.populations.plain import plain

PLAIN = {"m": inline(lambda query: "A")}


def test_one_member_for_each_variant():
    models = {"panel": recorded()}
    seated = panel(models, None)
    assert [profile.name for profile in seated] == list(models["panel"].variants)
    assert seated[3].model == "panel/Yi-34B" and seated[3].persona == ""
    two = ["Yi-34B", "mathstral-7B"]
    assert [profile.name for profile in panel(models, None, columns=two)] == two
    with pytest.raises(ScenarioError, match="has no 'Yi-43B'; did you mean 'Yi-34B'"):
        panel(models, None, columns=["Yi-43B"])
    with pytest.raises(ScenarioError, match="no model 'panels'; did you mean 'panel'"):
        panel(models, None, model="panels")
    with pytest.raises(ScenarioError, match="no variants to seat; use population 'plain'"):
        panel(PLAIN, None, model="m")


def test_plain_members_share_what_the_mix_says():
    assert [p.model for p in plain(PLAIN, None, size=2)] == ["m", "m"]
    assert [p.model for p in plain(PLAIN, None, size=2, mix="vendors")] == ["m/vendor-1/model-1", "m/vendor-2/model-1"]
    assert [p.model for p in plain(PLAIN, None, size=2, mix="family")] == ["m/vendor-1/model-1", "m/vendor-1/model-2"]
    assert len({p.name for p in plain(PLAIN, None, size=300)}) == 300
    for bad in ({"size": 0}, {"model": "n"}, {"mix": "clone"}):
        with pytest.raises(ScenarioError):
            plain(PLAIN, None, **bad)
    with pytest.raises(ScenarioError, match="say which model"):
        plain({"a": None, "b": None}, None)
    with pytest.raises(ScenarioError, match="use population 'panel'"):
        plain({"p": recorded()}, None)
