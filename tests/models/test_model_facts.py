"""Model facts: entries of the card, their checks, and the table that shows them."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import pytest

from viewer.errors import ModelError
from viewer.models.input_spec import IntensityScaling
from viewer.models.model_card import Card, card_from_json, read_card
from viewer.models.model_facts import NOT_SAID, model_facts
from viewer.models.training_statistics import channel_statistics

OLD_CARD = Path(__file__).parents[1] / "compatibility" / "version_0_1" / "network.card.json"

FACTS: dict[str, Any] = {
    "name": "tumour",
    "classes": ["low", "high"],
    "input": {"placement": "field-of-view", "shape": [8, 8, 8], "axes": "RAS"},
    "inputs": [
        {"name": "T1", "modality": "T1w", "intensity": {"scaling": "z-score", "over": "nonzero"}},
        {"name": "FLAIR", "intensity": {"scaling": "maximum"}},
    ],
    "covariates": [{"name": "age", "unit": "years", "mean": 61.5, "sd": 12.0, "argument": "numbers"}],
    "space": "affine",
    "skull": "removed",
    "bias_corrected": True,
    "training_statistics": {
        "channels": [{"mean": 0.0, "sd": 1.0, "quantiles": {"1": -1.5, "50": 0.0, "99": 3.0}}],
        "batch_norm_distance": {"mean": 0.3, "layers": [0.2, 0.4]},
    },
    "intended_use": "Grading of gliomas in research.",
    "not_for": "Children.",
    "population": "369 adults, 19 sites, 1.5 and 3 T.",
    "performance": [{"metric": "AUC", "value": 0.91, "interval": [0.85, 0.95], "on": "74 held-out adults"}],
    "version": "1.2",
    "contact": "gliomas@example.org",
}


def read_facts() -> Card:
    return card_from_json(copy.deepcopy(FACTS), "net.card.json")


def test_facts_are_read_and_written() -> None:
    card = read_facts()
    assert [channel.name for channel in card.inputs] == ["T1", "FLAIR"]
    assert card.input is not None
    assert card.input.channels == 2
    assert card.input.channel_intensity(1).scaling is IntensityScaling.MAXIMUM
    assert (card.space, card.template, card.skull, card.bias_corrected) == (
        "affine",
        "MNI152 2009",
        "removed",
        True,
    )
    assert card.covariates[0].baseline == 61.5
    assert channel_statistics(card.training_statistics)[0].quantiles == ((1, -1.5), (50, 0), (99, 3))
    assert card.training_statistics["batch_norm_distance"] == {"mean": 0.3, "layers": [0.2, 0.4]}
    written = card.as_json()
    for name in FACTS:
        if name != "input":
            assert written[name] == FACTS[name]
    assert "channel_names" not in written["input"]
    assert card_from_json(json.loads(json.dumps(written)), "again") == card


def test_a_card_of_an_earlier_version_is_written_back_unchanged() -> None:
    entries = json.loads(OLD_CARD.read_text())
    written = read_card(OLD_CARD).as_json()
    assert written["input"]["channel_names"] == entries["input"]["channel_names"]
    assert written["input"]["skull"] == entries["input"]["skull"] == "kept"
    assert not {"inputs", "skull", "space"} & set(written)


def test_facts_in_their_earlier_place_mean_the_same() -> None:
    old = copy.deepcopy(FACTS)
    del old["inputs"], old["space"], old["skull"]
    old["input"] |= {"intensity": {"scaling": "none"}, "space": "affine", "skull": "removed"}
    old["input"]["channel_names"] = ["T1", "FLAIR"]
    card = card_from_json(old, "net.card.json")
    assert (card.space, card.skull) == ("affine", "removed")
    assert [channel.name for channel in card.inputs] == ["T1", "FLAIR"]


WRONG: list[tuple[dict[str, Any], str]] = [
    ({"space": "talairach"}, "entry 'space' is 'talairach'; it must be one of"),
    ({"input.skull": "kept"}, "entry 'input.skull' is 'kept', but 'skull' next to 'input' is 'removed'"),
    ({"inputs": [{"name": "T1"}, {"name": "t1"}]}, "entry 'inputs' gives two channels the same name"),
    ({"inputs": [{"modality": "T1w"}]}, "entry 'inputs[0].name' is missing"),
    ({"inputs": [{"name": "T1"}]}, "entry 'input.intensity' is missing"),
    ({"inputs": [{"name": "../T1"}]}, "entry 'inputs[0].name' is '../T1'"),
    ({"inputs": "T1"}, "entry 'inputs' is a string; it must be a list of objects"),
    ({"input.channels": 3}, "has 2 names for 3 channels"),
    ({"covariates": [{"name": "age", "sd": 0}]}, "entry 'covariates[0].sd' is 0"),
    ({"covariates": [{"name": "age", "scaling": "z-score"}]}, "entry 'covariates[0].scaling' is 'z-score'"),
    ({"covariates": [{"name": "age"}, {"name": "Age"}]}, "entry 'covariates' gives two the same name"),
    ({"covariates": [{"name": "age", "units": "a"}]}, "entry 'covariates[0].units' is not known here"),
    ({"performance": [{"metric": "AUC"}]}, "entry 'performance[0].value' is missing"),
    (
        {"performance": [{"metric": "AUC", "value": 0.9, "interval": [0.1, 0.2]}]},
        "entry 'performance[0].interval' is [0.1, 0.2]",
    ),
    ({"training_statistics": {"channels": [{"mean": 0}]}}, "'training_statistics.channels[0].sd' is missing"),
    (
        {"training_statistics": {"channels": [{"mean": 0, "sd": 1, "quantiles": {"low": 1}}]}},
        "'training_statistics.channels[0].quantiles' is not understood",
    ),
    ({"bias_corrected": "yes"}, "entry 'bias_corrected' is a string; it must be true or false"),
    ({"input": None}, "entry 'inputs' describes the images, but 'input' is missing"),
]


@pytest.mark.parametrize(("changes", "line"), WRONG, ids=[line for _, line in WRONG])
def test_a_wrong_fact_is_named_in_one_line(changes: dict[str, Any], line: str) -> None:
    entries = copy.deepcopy(FACTS)
    for path, value in changes.items():
        *outer, last = path.split(".")
        inner = entries
        for name in outer:
            inner = inner[name]
        inner[last] = value
    with pytest.raises(ModelError) as caught:
        card_from_json(entries, "net.card.json")
    assert line in str(caught.value)
    assert "\n" not in str(caught.value)


def test_the_table_says_what_the_card_says() -> None:
    rows = dict(model_facts(read_facts()))
    assert rows["intended use"] == "Grading of gliomas in research."
    assert rows["performance"] == "AUC 0.91 (0.85 to 0.95) on 74 held-out adults"
    assert rows["images"] == "2 (T1: T1w, FLAIR); a single scan is refused"
    assert rows["covariates"] == "age in years, 61.5 ± 12 in the training data"
    assert rows["space"] == "registered to MNI152 2009 (affine)"
    assert rows["bias field"] == "corrected"
    assert rows["training intensities"] == "T1 0 ± 1"


def test_the_table_says_what_the_card_should_say() -> None:
    rows = dict(model_facts(Card("net")))
    assert rows == dict.fromkeys(("intended use", "population", "performance"), NOT_SAID)
