"""Scores of one method on networks of one task and kind that differ only in their seed."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from itertools import combinations
from math import isfinite
from typing import Any

import numpy as np

from viewer.checks.context import Doubles
from viewer.checks.localisation import localisation_scores
from viewer.checks.track_record.source_network import SourceNetwork
from viewer.errors import MethodError, ModelError
from viewer.methods.base import Family, Method
from viewer.models.training.known_sources import SourceSample
from viewer.progress import Progress
from viewer.scans.metrics import spearman_correlation

SCORES = {"mass": "relevance mass", "AUC": "AUC", "pointing": "pointing game", "chance": "chance"}
"""Names of the scores in a record, and in `localisation_scores`."""


def scored_values(values: Doubles, family: Family) -> Doubles:
    """Return the part of a map that is scored: magnitudes of slopes and signals, else the positive values."""
    magnitudes: Doubles = (
        np.abs(values) if family in (Family.FUNCTION, Family.SIGNAL) else np.maximum(values, 0)
    )
    return magnitudes


def score_method(
    methods: Mapping[str, Method],
    networks: Sequence[SourceNetwork],
    samples: Sequence[SourceSample],
    family: Family,
    seed: int,
    progress: Progress,
) -> dict[str, Any]:
    """Explain the samples with every network, and score the maps against the samples' sources.

    Parameters
    ----------
    methods
        The method for each network, by the network's name.
    networks
        The networks, which differ only in their seed.
    samples
        Brains that no network was trained on. For each network, only correctly classified brains count.
    family
        The method's family.
    seed
        Seed of random draws.
    progress
        Updated after every map.

    Returns
    -------
    dict
        ``rows``: network, number of the sample and the scores of each map, within the brain. ``agreement``:
        two networks, the number of the sample, and Spearman's correlation of their maps within the brain
        (None if a map is constant). ``seconds``: mean duration per map. If the method cannot run: ``cannot``,
        the reason.
    """
    rows: list[dict[str, Any]] = []
    agreement: list[dict[str, Any]] = []
    seconds = 0.0
    total = len(networks) * len(samples)
    for index, sample in enumerate(samples):
        maps: dict[str, Doubles] = {}
        head = (sample.brain != 0) | sample.source_mask
        for network_index, network in enumerate(networks):
            finished = index * len(networks) + network_index
            subtask = progress.subtask(
                finished / total, (finished + 1) / total, f"{network.name}, brain {index + 1}"
            )
            subtask.step(0)
            if not network.classifies_correctly(sample):
                continue
            started = time.monotonic()
            try:
                map_values = network.explain(sample, methods[network.name], seed, subtask)
            except (MethodError, ModelError) as error:
                return {"cannot": str(error)}
            seconds += time.monotonic() - started
            magnitudes = scored_values(map_values.astype(np.float64), family)[head]
            scores = localisation_scores(magnitudes, sample.source_mask[head])
            rounded = {name: round(float(scores[key]), 6) for name, key in SCORES.items()}
            rows.append({"network": network.name, "sample": index, **rounded})
            maps[network.name] = magnitudes
        for first, second in combinations(maps, 2):
            correlation = float(spearman_correlation(maps[first], maps[second]))
            rounded_correlation = round(correlation, 6) if isfinite(correlation) else None
            agreement.append({"networks": [first, second], "sample": index, "r": rounded_correlation})
    return {"rows": rows, "agreement": agreement, "seconds": round(seconds / max(len(rows), 1), 3)}
