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


def bootstrap_estimate(scores_by_network: Mapping[str, Mapping[int, float]], seed: int = 0) -> Estimate:
    """Compute the mean over networks of their means over brains, with a bootstrap over both.

    Networks are drawn with replacement, and so are the brains of each task, which are the same for all of its
    networks. With only one brain, the interval does not reflect the variation between brains; with only one
    network, not that between networks; with one of both, there is none. With few of either it is too narrow:
    for two networks and three brains that vary equally, it contains the true mean in three of four cases.

    Parameters
    ----------
    scores_by_network
        Values by network (``TASK/...``) and number of the brain.
    seed
        Seed of the draws.
    """
    rng = np.random.default_rng(seed)
    brains = sorted({brain for values in scores_by_network.values() for brain in values})
    table = np.array(
        [[values.get(brain, np.nan) for brain in brains] for values in scores_by_network.values()]
    )
    present = ~np.isnan(table)
    filled = np.where(present, table, 0.0)
    means = filled.sum(1) / present.sum(1)
    if table.size == 1:
        return Estimate(float(means[0]), None, None)
    tasks = dict.fromkeys(name.partition("/")[0] for name in scores_by_network)
    brain_means = np.empty((REPEATS, len(scores_by_network)))
    for task in tasks:
        columns = [column for column, name in enumerate(scores_by_network) if name.partition("/")[0] == task]
        shared_brains = np.flatnonzero(present[columns].any(0))
        drawn_brains = shared_brains[rng.integers(len(shared_brains), size=(REPEATS, len(shared_brains)))]
        weights = np.zeros((REPEATS, len(brains)), dtype=np.int64)
        np.add.at(weights, (np.arange(REPEATS)[:, None], drawn_brains), 1)
        counts = weights @ present[columns].T
        brain_means[:, columns] = np.where(
            counts > 0, weights @ filled[columns].T / np.maximum(counts, 1), means[columns]
        )
    drawn_networks = rng.integers(len(scores_by_network), size=(REPEATS, len(scores_by_network)))
    low, high = np.percentile(np.take_along_axis(brain_means, drawn_networks, 1).mean(1), (LOW, HIGH))
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
    expected = {f"{task}/{kind}" for task in plan["tasks"] for kind in plan["kinds"]}
    networks = {
        key.removeprefix("network/"): {name: value for name, value in entry.items() if name != "key"}
        for key, entry in sorted(_select_by_prefix(records, "network/"))
        if key.removeprefix("network/").rpartition("/")[0] in expected
    }
    learned = {name for name, entry in networks.items() if entry["learned"]}
    maps: dict[str, dict[str, Mapping[str, Any]]] = defaultdict(dict)
    for key, record in _select_by_prefix(records, "maps/"):
        task, kind, method = key.removeprefix("maps/").split("/", 2)
        if f"{task}/{kind}" in expected:
            maps[method][f"{task}/{kind}"] = record
    complete = {
        method: method_records for method, method_records in maps.items() if set(method_records) == expected
    }
    entries: dict[str, Any] = {}
    failures: dict[str, dict[str, str]] = {}
    for method, method_records in complete.items():
        reasons = {
            group.split("/")[1]: entry["cannot"]
            for group, entry in method_records.items()
            if "cannot" in entry
        }
        if reasons:
            failures[method] = reasons
        succeeded = {group: entry for group, entry in method_records.items() if "cannot" not in entry}
        scores = {kind: _summarise_scores(succeeded, learned, kind) for kind in ("all", *plan["kinds"])}
        scores = {kind: estimates for kind, estimates in scores.items() if estimates is not None}
        if scores:
            seconds = [entry["seconds"] for entry in succeeded.values()]
            entries[method] = scores | {"seconds": round(float(np.mean(seconds)), 2)}
    largest = max(
        ((entry["all"]["networks"], entry["all"]["brains"]) for entry in entries.values()), default=(0, 0)
    )
    ordered = sorted(entries, key=lambda name: -entries[name]["all"]["mass"][0])
    ranked = [
        name
        for name in ordered
        if (entries[name]["all"]["networks"], entries[name]["all"]["brains"]) == largest
    ]
    methods = {
        name: {"rank": ranked.index(name) + 1 if name in ranked else None, **entries[name]}
        for name in ordered
    }
    chance = [row["chance"] for entry in complete.values() for row in _learned_rows(entry, learned)]
    brains = {
        (row["network"].partition("/")[0], row["sample"])
        for entry in complete.values()
        for row in _learned_rows(entry, learned)
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
        "cannot": failures,
        "unfinished": sorted(set(maps) - set(complete)),
    }


def _select_by_prefix(
    records: Mapping[str, Mapping[str, Any]], prefix: str
) -> Iterable[tuple[str, Mapping[str, Any]]]:
    return ((key, record) for key, record in records.items() if key.startswith(prefix))


def _learned_rows(
    records: Mapping[str, Mapping[str, Any]], learned_networks: set[str]
) -> list[Mapping[str, Any]]:
    rows = [row for record in records.values() for row in record.get("rows", ())]
    return [row for row in rows if row["network"] in learned_networks]


def _summarise_scores(
    records: Mapping[str, Mapping[str, Any]], learned_networks: set[str], kind: str
) -> dict[str, Any] | None:
    """Return the scores of a method on networks of one kind, or all; None if there are no maps."""
    kind_records = {
        group: record for group, record in records.items() if kind in ("all", group.split("/")[1])
    }
    rows = _learned_rows(kind_records, learned_networks)
    if not rows:
        return None
    scores: dict[str, Any] = {}
    for score in SCORES[:-1]:
        groups: dict[str, dict[int, float]] = defaultdict(dict)
        for row in rows:
            groups[row["network"]][row["sample"]] = row[score]
        scores[score] = bootstrap_estimate(groups).as_json()
    pairs: dict[str, dict[int, float]] = defaultdict(dict)
    for record in kind_records.values():
        for entry in record.get("agreement", ()):
            if set(entry["networks"]) <= learned_networks and entry["r"] is not None:
                pairs[" ".join(entry["networks"])][entry["sample"]] = entry["r"]
    scores["agreement"] = bootstrap_estimate(pairs).as_json() if pairs else None
    brains = {(row["network"].partition("/")[0], row["sample"]) for row in rows}
    return scores | {
        "networks": len({row["network"] for row in rows}),
        "brains": len(brains),
        "maps": len(rows),
    }
