"""Entries of a cohort's plan: the hash by which a folder knows the card of its network."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

import viewer
from viewer.cohorts.plan import CohortPlan, _card_hash, label_models, plan_entries
from viewer.methods.registry import find_method
from viewer.models.model_card import Card

ARCHITECTURE = Card("net", "eitel-3d", {"classes": 2}, ("a", "b"))
STATISTICS = Card("net", classes=("a", "b"), training_statistics={"shares": [0.1, 0.5]})

EARLIER = [
    (ARCHITECTURE, "9dab5837bfac37f40096112b3dd00ac22454ea6d830c2d5d43228ff8c3a1b7db"),
    (STATISTICS, "7304b9f232f61425006e493a798767176a2cdf89ba9d9e7a94212e0225c55ecc"),
]
"""Cards, and their hashes in plans of folders that were made before the hash was that of JSON."""


@pytest.mark.parametrize(("card", "earlier"), EARLIER)
def test_the_hash_of_an_earlier_plan_is_kept_for_the_same_card_alone(card: Card, earlier: str) -> None:
    assert _card_hash(card, earlier) == earlier
    assert _card_hash(card, None) != earlier
    changed = replace(card, unit="years")
    assert _card_hash(changed, earlier) == _card_hash(changed, None) not in (earlier, _card_hash(card, None))


def test_entries_do_not_depend_on_how_a_card_is_printed(
    model_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = viewer.load_model(model_file)
    gradient = find_method("gradient").from_parameters({})
    plan = CohortPlan(label_models([str(model_file)], [None]), (gradient,), "patient")
    fresh = plan_entries(plan, [model], {})
    assert plan_entries(plan, [model], fresh) == fresh
    monkeypatch.setattr(Card, "__repr__", lambda card: "another text")
    assert plan_entries(plan, [model], {}) == fresh


def test_the_hash_of_an_earlier_plan_stays_in_its_entries(model_file: Path) -> None:
    model = viewer.load_model(model_file)
    model.card = ARCHITECTURE
    gradient = find_method("gradient").from_parameters({})
    plan = CohortPlan(label_models([str(model_file)], [None]), (gradient,), "a")
    entries = plan_entries(plan, [model], {})
    (label,) = entries["models"]
    _, earlier = EARLIER[0]
    entries["models"][label]["card"] = earlier
    assert plan_entries(plan, [model], entries) == entries
