"""The table that ships: whole, and the same in the data, the guide and the command line."""

from __future__ import annotations

import json

from viewer.checks.track_record.make_record import recorded_methods
from viewer.checks.track_record.markdown_table import to_markdown
from viewer.checks.track_record.plan import TrackRecordPlan
from viewer.checks.track_record.shipped import describe_record, read_track_record
from viewer.guide.contents import find_page


def test_every_method_of_the_plan_is_in_it_or_says_why_not() -> None:
    table, plan = read_track_record(), TrackRecordPlan()
    assert table["rests_on"]["tasks"] == list(plan.tasks)
    assert table["rests_on"]["kinds"] == list(plan.kinds)
    assert set(table["networks"]) == {
        f"{task}/{kind}/{seed}" for task in plan.tasks for kind in plan.kinds for seed in range(plan.seeds)
    }
    assert set(table["methods"]) <= set(recorded_methods())
    assert set(table["methods"]) | set(table["cannot"]) | set(table["unfinished"]) == set(recorded_methods())


def test_a_network_counts_only_if_it_has_learned() -> None:
    table, plan = read_track_record(), TrackRecordPlan()
    for one in table["networks"].values():
        right = one["auc"] >= plan.least_auc and one["reliance"] >= plan.least_reliance
        assert one["learned"] == right
    assert table["rests_on"]["networks"] == sum(one["learned"] for one in table["networks"].values())


def test_the_page_of_the_guide_has_the_same_table() -> None:
    assert to_markdown(read_track_record()).strip() in find_page("track-record-table").read()


def test_the_command_prints_it(run) -> None:  # type: ignore[no-untyped-def]
    found = json.loads(run("methods", "gradient", "--json").out)[0]["track_record"]
    assert found == read_track_record()["methods"]["gradient"]
    assert describe_record("gradient") in run("methods", "gradient").out
