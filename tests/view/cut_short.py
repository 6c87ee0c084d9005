"""Scenarios over different mechanisms, cut short."""

BRIEF = {"second_look": ["task.rounds=3"], "double_auction": ["mechanism.turns=60"], "government_sweden_2018": [],
         "self_made_hierarchy": ["task.rounds=60"], "busy_boss": ["task.rounds=20"],
         "three_debates": ["task.rounds=7", "at_once=3"]}  # fmt: skip
