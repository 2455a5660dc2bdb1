"""Table of a track record: means with bootstrap intervals, and ranks."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

REPEATS = 1000
LOW, HIGH = 2.5, 97.5
"""Bootstrap samples, and the percentiles of their means that are the interval's ends."""

SCORES = ("mass", "AUC", "pointing", "agreement")
"""Scores of a method; by the first of them methods are ranked."""


@dataclass(frozen=True)
class Estimate:
    """A mean and its bootstrap interval."""

    mean: float
    low: float
    high: float

    def __str__(self) -> str:
        """Return such as ``0.41 [0.36, 0.46]``."""
        return f"{self.mean:.2f} [{self.low:.2f}, {self.high:.2f}]"

    def as_json(self) -> list[float]:
        """Return mean, low and high."""
        return [round(self.mean, 4), round(self.low, 4), round(self.high, 4)]


def format_estimate(values: Sequence[float] | None) -> str:
    """Return such as ``0.41 [0.36, 0.46]``, of mean, low and high; a dash where nothing was measured."""
    return "–" if values is None else str(Estimate(*values))


def estimate(groups: Sequence[Sequence[float]], seed: int = 0) -> Estimate:
    """Compute the mean over groups of their means, with a bootstrap over groups and the values within.

    Groups (networks) are drawn with replacement, and then values (brains) within each.
    """
    rng = np.random.default_rng(seed)
    arrays = [np.asarray(group, dtype=np.float64) for group in groups]
    drawn = np.stack([one[rng.integers(len(one), size=(REPEATS, len(one)))].mean(1) for one in arrays], 1)
    chosen = rng.integers(len(arrays), size=(REPEATS, len(arrays)))
    # A group that is drawn twice has the same values twice: a slight underestimate of their part.
    means = np.take_along_axis(drawn, chosen, 1).mean(1)
    low, high = np.percentile(means, (LOW, HIGH))
    return Estimate(float(np.mean([one.mean() for one in arrays])), float(low), float(high))


def make_table(records: Mapping[str, Mapping[str, Any]], plan: Mapping[str, Any]) -> dict[str, Any]:
    """Summarise records as plain JSON.

    Rows of networks that did not learn their task are left out, and so are methods whose records are not
    complete for the tasks of which all methods' are.

    Parameters
    ----------
    records
        Records by key: ``network/TASK/KIND/SEED`` and ``maps/TASK/KIND/METHOD``.
    plan
        What they rest on, as `TrackRecordPlan.as_json`.

    Returns
    -------
    dict
        ``networks``, ``methods`` (by name, the best first: ``all`` and each kind with its scores, ``rank``
        among those that explain every network), ``cannot``, ``unfinished`` and ``rests_on``.
    """
    networks = {
        key.removeprefix("network/"): {name: value for name, value in one.items() if name != "key"}
        for key, one in _of(records, "network/")
    }
    learned = {name for name, one in networks.items() if one["learned"]}
    maps: dict[str, dict[str, Mapping[str, Any]]] = defaultdict(dict)
    for key, record in _of(records, "maps/"):
        task, kind, method = key.removeprefix("maps/").split("/", 2)
        maps[method][f"{task}/{kind}"] = record
    wanted = {f"{task}/{kind}" for task in plan["tasks"] for kind in plan["kinds"]}
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
    most = max((one["all"]["networks"] for one in entries.values()), default=0)
    ordered = sorted(entries, key=lambda name: -entries[name]["all"]["mass"][0])
    ranked = [name for name in ordered if entries[name]["all"]["networks"] == most]
    methods = {
        name: {"rank": ranked.index(name) + 1 if name in ranked else None, **entries[name]}
        for name in ordered
    }
    chance = [row["chance"] for one in complete.values() for row in _rows(one, learned)]
    scans = {(row["network"], row["sample"]) for one in complete.values() for row in _rows(one, learned)}
    return {
        "rests_on": {
            "tasks": list(plan["tasks"]),
            "kinds": list(plan["kinds"]),
            "networks": len(learned),
            "networks_trained": len(networks),
            "scans": len(scans),
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
    """Return the scores of a method on networks of one kind, or all; None where there are no maps."""
    chosen = {place: one for place, one in found.items() if kind in ("all", place.split("/")[1])}
    rows = _rows(chosen, learned)
    if not rows:
        return None
    made: dict[str, Any] = {}
    for score in SCORES[:-1]:
        groups: dict[str, list[float]] = defaultdict(list)
        for row in rows:
            groups[row["network"]].append(row[score])
        made[score] = estimate(list(groups.values())).as_json()
    pairs: dict[str, list[float]] = defaultdict(list)
    for one in chosen.values():
        for entry in one.get("agreement", ()):
            if set(entry["networks"]) <= learned and entry["r"] is not None:
                pairs[" ".join(entry["networks"])].append(entry["r"])
    made["agreement"] = estimate(list(pairs.values())).as_json() if pairs else None
    return made | {"networks": len({row["network"] for row in rows}), "maps": len(rows)}
