"""Running a market on a small society, and reading what came of it."""

from __future__ import annotations

from society_sim import Scenario, run


def held(mechanism, task, size=5, policy="truthful", *, seed=0, models=None, **more):
    """The result of *mechanism* on *task* with *size* members who follow *policy*."""
    model = {"preset": "independent", "policies": {policy: {}} if policy else {}, "price": "free"}
    scenario = Scenario.of(name="market", models=models or {"m": {"synthetic": model}},
                           population={"plain": {"size": size, "model": next(iter(models or {"m": 0}))}},
                           task=task, mechanism=mechanism, **{"topology": "flat", **more})  # fmt: skip
    return run(scenario, seed=seed, out=None)


def kinds(result, kind):
    return [entry for entry in result.record if entry["kind"] == kind]


def goods(*values, **more):
    return {"goods": {"values": list(values), **more}}


def conserved(result, unit="coin"):
    """Whether the accounts, as the record has them, add up to what was issued at the beginning."""
    [accounts] = kinds(result, "accounts")
    balances = {str(owner): amount for owner, amount in accounts["balances"][unit].items()}
    issued = sum(balances.values())
    for entry in kinds(result, "transfer"):
        for owner, sign in ((entry["source"], -1), (entry["target"], 1)):
            balances[str(owner)] = balances.get(str(owner), 0) + sign * entry["amount"]
    assert sum(balances.values()) == issued and all(amount >= 0 for amount in balances.values())
    return balances
