"""Table of a track record: means with bootstrap intervals, and ranks."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from viewer.checks.track_record.estimate_text import SCORES, Estimate

REPEATS = 1000
LOW, HIGH = 2.5, 97.5
"""Number of bootstrap samples, and the percentiles of their means that bound the interval."""


def estimate(groups: Mapping[str, Mapping[int, float]], seed: int = 0) -> Estimate:
    """Compute the mean over networks of their means over brains, with a bootstrap over both.

    Networks are drawn with replacement, and so are the brains of each task, which are the same for all of its
    networks. With only one brain, the interval does not reflect the variation between brains; with only one
    network, not that between networks; with one of both, there is none. With few of either it is too narrow:
    for two networks and three brains that vary equally, it contains the true mean in three of four cases.

    Parameters
    ----------
    groups
        Values by network (``TASK/...``) and number of the brain.
    seed
        Seed of the draws.
    """
    rng = np.random.default_rng(seed)
    brains = sorted({number for values in groups.values() for number in values})
    table = np.array([[values.get(number, np.nan) for number in brains] for values in groups.values()])
    there = ~np.isnan(table)
    known = np.where(there, table, 0.0)
    means = known.sum(1) / there.sum(1)
    if table.size == 1:
        return Estimate(float(means[0]), None, None)
    tasks = dict.fromkeys(name.partition("/")[0] for name in groups)
    drawn = np.empty((REPEATS, len(groups)))
    for task in tasks:
        own = [place for place, name in enumerate(groups) if name.partition("/")[0] == task]
        asked = np.flatnonzero(there[own].any(0))
        chosen = asked[rng.integers(len(asked), size=(REPEATS, len(asked)))]
        weights = np.zeros((REPEATS, len(brains)), dtype=np.int64)
        np.add.at(weights, (np.arange(REPEATS)[:, None], chosen), 1)
        counts = weights @ there[own].T
        drawn[:, own] = np.where(counts > 0, weights @ known[own].T / np.maximum(counts, 1), means[own])
    picked = rng.integers(len(groups), size=(REPEATS, len(groups)))
    low, high = np.percentile(np.take_along_axis(drawn, picked, 1).mean(1), (LOW, HIGH))
    return Estimate(float(means.mean()), float(low), float(high))


def make_table(records: Mapping[str, Mapping[str, Any]], plan: Mapping[str, Any]) -> dict[str, Any]:
    """Summarise records as plain JSON.

    Rows of networks that did not learn their task and methods with incomplete records are left out.

    Parameters
    ----------
    records
        Records by key: ``network/TASK/KIND/SEED`` and ``maps/TASK/KIND/METHOD``.
    plan
        Plan of the records, as from `TrackRecordPlan.as_json`.

    Returns
    -------
    dict
        ``networks``, ``methods`` (by name, the best first: ``all`` and each kind with its scores, ``rank``
        among those that were run on every network and brain), ``cannot``, ``unfinished`` and ``rests_on``.
    """
    wanted = {f"{task}/{kind}" for task in plan["tasks"] for kind in plan["kinds"]}
    networks = {
        key.removeprefix("network/"): {name: value for name, value in one.items() if name != "key"}
        for key, one in sorted(_of(records, "network/"))
        if key.removeprefix("network/").rpartition("/")[0] in wanted
    }
    learned = {name for name, one in networks.items() if one["learned"]}
    maps: dict[str, dict[str, Mapping[str, Any]]] = defaultdict(dict)
    for key, record in _of(records, "maps/"):
        task, kind, method = key.removeprefix("maps/").split("/", 2)
        if f"{task}/{kind}" in wanted:
            maps[method][f"{task}/{kind}"] = record
    complete = {method: found for method, found in maps.items() if set(found) == wanted}
    entries: dict[str, Any] = {}
    cannot: dict[str, dict[str, str]] = {}
    for method, found in complete.items():
        reasons = {place.split("/")[1]: one["cannot"] for place, one in found.items() if "cannot" in one}
        if reasons:
            cannot[method] = reasons
        ran = {place: one for place, one in found.items() if "cannot" not in one}
        made = {kind: _scores(ran, learned, kind) for kind in ("all", *plan["kinds"])}
        made = {kind: scores for kind, scores in made.items() if scores is not None}
        if made:
            seconds = [one["seconds"] for one in ran.values()]
            entries[method] = made | {"seconds": round(float(np.mean(seconds)), 2)}
    most = max(((one["all"]["networks"], one["all"]["brains"]) for one in entries.values()), default=(0, 0))
    ordered = sorted(entries, key=lambda name: -entries[name]["all"]["mass"][0])
    ranked = [
        name for name in ordered if (entries[name]["all"]["networks"], entries[name]["all"]["brains"]) == most
    ]
    methods = {
        name: {"rank": ranked.index(name) + 1 if name in ranked else None, **entries[name]}
        for name in ordered
    }
    chance = [row["chance"] for one in complete.values() for row in _rows(one, learned)]
    brains = {
        (row["network"].partition("/")[0], row["sample"])
        for one in complete.values()
        for row in _rows(one, learned)
    }
    return {
        "rests_on": {
            "tasks": list(plan["tasks"]),
            "kinds": list(plan["kinds"]),
            "networks": len(learned),
            "networks_trained": len(networks),
            "brains": len(brains),
            "chance": round(float(np.mean(chance)), 4) if chance else None,
            "ranked": len(ranked),
        },
        "networks": networks,
        "methods": methods,
        "cannot": cannot,
        "unfinished": sorted(set(maps) - set(complete)),
    }


def _of(records: Mapping[str, Mapping[str, Any]], prefix: str) -> Iterable[tuple[str, Mapping[str, Any]]]:
    return ((key, one) for key, one in records.items() if key.startswith(prefix))


def _rows(found: Mapping[str, Mapping[str, Any]], learned: set[str]) -> list[Mapping[str, Any]]:
    rows = [row for one in found.values() for row in one.get("rows", ())]
    return [row for row in rows if row["network"] in learned]


def _scores(found: Mapping[str, Mapping[str, Any]], learned: set[str], kind: str) -> dict[str, Any] | None:
    """Return the scores of a method on networks of one kind, or all; None if there are no maps."""
    chosen = {place: one for place, one in found.items() if kind in ("all", place.split("/")[1])}
    rows = _rows(chosen, learned)
    if not rows:
        return None
    made: dict[str, Any] = {}
    for score in SCORES[:-1]:
        groups: dict[str, dict[int, float]] = defaultdict(dict)
        for row in rows:
            groups[row["network"]][row["sample"]] = row[score]
        made[score] = estimate(groups).as_json()
    pairs: dict[str, dict[int, float]] = defaultdict(dict)
    for one in chosen.values():
        for entry in one.get("agreement", ()):
            if set(entry["networks"]) <= learned and entry["r"] is not None:
                pairs[" ".join(entry["networks"])][entry["sample"]] = entry["r"]
    made["agreement"] = estimate(pairs).as_json() if pairs else None
    brains = {(row["network"].partition("/")[0], row["sample"]) for row in rows}
    return made | {
        "networks": len({row["network"] for row in rows}),
        "brains": len(brains),
        "maps": len(rows),
    }
