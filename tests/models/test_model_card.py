"""Cards: what is written is read again, and what is wrong is named."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from viewer.errors import ModelError
from viewer.models.architectures import published
from viewer.models.input_spec import InputChannel, InputSpec, IntensityScaling, IntensitySpec, Placement
from viewer.models.json_reader import MAX_JSON_BYTES
from viewer.models.loading import load_model
from viewer.models.model_card import (
    Card,
    ModelKind,
    card_from_json,
    find_card,
    parse_card,
    read_card,
    write_card,
)

GOOD: dict[str, Any] = {
    "name": "net",
    "architecture": "eitel-3d",
    "classes": ["a", "b"],
    "input": {"placement": "field-of-view", "shape": [24, 24, 24], "intensity": {"scaling": "none"}},
}

LAST = (0.0, 0.0, 0.0, 1.0)

CARDS = [
    published.ADNET_CARD,
    Card("bare"),
    Card(
        "age",
        architecture="sfcn",
        arguments={"classes": 40, "channels": [32, 64]},
        classes=tuple(str(age) for age in range(40)),
        kind=ModelKind.REGRESSION,
        values=tuple(42.5 + age for age in range(40)),
        unit="years",
        input=InputSpec(
            (160, 192, 160),
            Placement.AFFINE,
            affine=(
                (-1.0, 0.0, 0.0, 79.0),
                (0.0, 1.0, 0.0, -113.0),
                (0.0, 0.0, 1.0, -61.0),
                (0.0, 0.0, 0.0, 1.0),
            ),
            intensity=IntensitySpec(IntensityScaling.MEAN, measured="scan"),
        ),
        weights="0" * 64,
    ),
    Card(
        "tissue",
        classes=("background", "grey", "white"),
        kind=ModelKind.SEGMENTATION,
        input=InputSpec(
            placement=Placement.FOREGROUND,
            axes="LPS",
            spacing=(1.0, 1.5, 2.0),
            margin=8.0,
            multiple=16,
            channels=3,
            inputs=tuple(map(InputChannel, ("T1", "T1c", "FLAIR"))),
            repeat=True,
            interpolation="nearest",
            intensity=IntensitySpec(
                IntensityScaling.BOUNDS, bounds=(-100.0, 300.0), to=(-1.0, 1.0), background="kept"
            ),
        ),
    ),
    Card(
        "slice",
        input=InputSpec(
            (140, 192),
            Placement.SPACING,
            spacing=(1.0, 1.0, 1.0),
            centre="foreground",
            slice=-12.5,
            intensity=IntensitySpec(IntensityScaling.RANGE, over="nonzero", percentiles=(1.0, 99.0)),
        ),
    ),
]


@pytest.mark.parametrize("card", CARDS, ids=lambda card: card.name)
def test_a_written_card_is_read_again(card: Card, tmp_path: Path) -> None:
    assert read_card(write_card(card, tmp_path / "net.card.json")).as_json() == card.as_json()
    read = read_card(tmp_path / "net.card.json")
    assert read.input == card.input
    assert read.kind is card.kind
    assert read.values == card.values


def _with(changes: dict[str, Any]) -> dict[str, Any]:
    entries = json.loads(json.dumps(GOOD))
    for path, value in changes.items():
        *outer, last = path.split(".")
        inner = entries
        for name in outer:
            inner = inner[name]
        if value is ...:
            del inner[last]
        else:
            inner[last] = value
    return entries


WRONG = [
    ({"name": ...}, "entry 'name' is missing"),
    ({"name": 3}, "entry 'name' is a number"),
    ({"clases": ["a"]}, "entry 'clases' is not known here"),
    ({"classes": "ab"}, "entry 'classes' is a string"),
    ({"classes": ["a", "a"]}, "gives two classes the same name"),
    ({"kind": "detection"}, "entry 'kind' is 'detection'"),
    ({"values": [1, 2]}, "entry 'values' does not apply to a classification"),
    ({"kind": "regression", "values": [1]}, "has 1 number for 2 classes"),
    ({"weights": "abc"}, "entry 'weights' is not a SHA-256"),
    ({"input": []}, "entry 'input' is a list"),
    ({"input.placement": ...}, "entry 'input.placement' is missing"),
    ({"input.placement": "somewhere"}, "entry 'input.placement' is 'somewhere'"),
    ({"input.shape": ...}, "entry 'input.shape' is missing"),
    ({"input.shape": [24, 24]}, None),
    ({"input.shape": [24]}, "two or three sizes"),
    ({"input.shape": [24, 24, 10**9]}, "two or three sizes"),
    ({"input.shape": [24, 24, 24.5]}, "holds a fraction"),
    ({"input.shape": [24, True, 24]}, "must be a list of numbers"),
    ({"input.axes": "RRS"}, "entry 'input.axes' is 'RRS'"),
    ({"input.axes": "xyz"}, "entry 'input.axes' is 'xyz'"),
    ({"input.spacing": [1, 1, 1]}, "entry 'input.spacing' is not known here"),
    ({"input.intensity": ...}, "entry 'input.intensity' is missing"),
    ({"input.intensity": {}}, "entry 'input.intensity.scaling' is missing"),
    ({"input.intensity": {"scaling": "bounds"}}, "entry 'input.intensity.bounds' is missing"),
    ({"input.intensity": {"scaling": "bounds", "bounds": [3, 1]}}, "the smaller one first"),
    ({"input.intensity": {"scaling": "range", "percentiles": [-1, 99]}}, "is not within"),
    ({"input.intensity": {"scaling": "z-score", "bounds": [0, 1]}}, "'input.intensity.bounds' is not known"),
    ({"input.placement": "spacing"}, "entry 'input.spacing' is missing"),
    ({"input.placement": "spacing", "input.spacing": [1, 0, 1]}, "three steps"),
    ({"input.placement": "affine"}, "entry 'input.affine' is missing"),
    ({"input.placement": "affine", "input.affine": [[1, 0, 0, 0]] * 4}, "invalid last row"),
    ({"input.placement": "affine", "input.affine": [[1, 0, 0, 0]] * 3 + [list(LAST)]}, "flattens space"),
    ({"input.channel_names": ["a", "b"], "input.channels": 3}, "has 2 names for 3 channels"),
    ({"input.repeat": 1}, "'input.repeat' is a number; it must be true or false"),
    ({"input.channels": 0}, "entry 'input.channels' is 0"),
]


@pytest.mark.parametrize(("changes", "line"), WRONG, ids=lambda value: str(value)[:50])
def test_a_wrong_entry_is_named(changes: dict[str, Any], line: str | None) -> None:
    if line is None:
        assert card_from_json(_with(changes), "net.card.json").name == "net"
        return
    with pytest.raises(ModelError) as raised:
        card_from_json(_with(changes), "net.card.json")
    assert str(raised.value).startswith("net.card.json: ")
    assert line in str(raised.value)
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize(
    ("content", "line"),
    [
        ("", "is not JSON"),
        ("[]", "holds no JSON object"),
        ('{"name": "a", "name": "b"}', "has the entry 'name' twice"),
        ('{"name": NaN}', "holds NaN"),
        ("{" * 3, "is not JSON"),
        ("[" * 100_000, "is not JSON"),
        ('{"name": ' + "9" * 10_000 + "}", "is not JSON"),
        ('{"name": "a", "input": {"placement": 1e400}}', "is a number"),
    ],
    ids=["empty", "list", "twice", "nan", "cut off", "deep", "huge number", "infinite"],
)
def test_what_is_no_card_is_refused(content: str, line: str) -> None:
    with pytest.raises(ModelError, match=line):
        parse_card(content, "net.card.json")


def test_a_huge_file_is_not_read(tmp_path: Path) -> None:
    path = tmp_path / "net.card.json"
    with path.open("wb") as file:
        file.truncate(MAX_JSON_BYTES + 1)
    with pytest.raises(ModelError, match="is too large for a description"):
        read_card(path)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=4),
    max_leaves=10,
)
NAMES = st.sampled_from([*GOOD, "kind", "values", "arguments", "unit", "weights"])
INNER = st.sampled_from(
    ["placement", "shape", "axes", "intensity", "spacing", "affine", "channels", "channel_names", "repeat"]
)


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    changes=st.dictionaries(NAMES, JSON, max_size=3),
    inner=st.dictionaries(INNER, JSON, max_size=3),
)
def test_anything_is_a_card_or_one_clear_line(changes: dict[str, Any], inner: dict[str, Any]) -> None:
    entries = {**GOOD, **changes}
    if isinstance(entries["input"], dict):
        entries["input"] = {**entries["input"], **inner}
    try:
        card = card_from_json(entries, "file")
    except ModelError as error:
        assert str(error).startswith("file: ")  # noqa: PT017  either outcome is right
    else:
        assert card_from_json(card.as_json(), "file").as_json() == card.as_json()


def test_the_card_beside_a_file_is_found_with_and_without_its_ending(tmp_path: Path) -> None:
    weights = tmp_path / "net.pt"
    assert find_card(weights) is None
    (tmp_path / "net.pt.card.json").write_text("{}")
    assert find_card(weights) == tmp_path / "net.pt.card.json"
    (tmp_path / "net.card.json").write_text("{}")
    assert find_card(weights) == tmp_path / "net.card.json"


def test_a_card_is_printed_in_one_short_line() -> None:
    card = load_model("demo").card
    assert repr(card) == f"<Card {card.name!r}: eitel-3d, classification, no lesion, lesion>"
    assert repr(Card("a network")) == "<Card 'a network': classification>"
