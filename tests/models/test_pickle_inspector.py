"""The pickle reader that never unpickles: right on honest pickles, and calm on every other."""

from __future__ import annotations

import pickle
from collections import OrderedDict
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from viewer.models.pickle_inspector import GlobalName, MalformedPickleError, PickleCall, describe_pickle

SLOW = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])

PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=5)
        | st.dictionaries(st.text(max_size=5) | st.integers(), inner, max_size=5)
        | st.tuples(inner)
        | st.tuples(inner, inner, inner, inner)
    ),
    max_leaves=20,
)


@SLOW
@given(value=PLAIN, protocol=st.integers(0, 5))
def test_plain_values_come_out_as_they_went_in(value: Any, protocol: int) -> None:
    content = pickle.dumps(value, protocol)
    found = describe_pickle(content + b"what follows")
    assert found.value == value == pickle.loads(content)
    assert found.global_names == ()
    assert found.length == len(content)


@pytest.mark.parametrize("protocol", range(6))
def test_calls_are_described_and_not_made(protocol: int, marker: Path, hostile: object) -> None:
    found = describe_pickle(pickle.dumps({"a": hostile}, protocol))
    call = found.value["a"]
    assert isinstance(call, PickleCall)
    assert str(call.function).endswith(".system")
    assert call.arguments == (f"touch {marker}",)
    assert [str(name) for name in found.global_names] == [str(call.function)]
    assert not marker.exists()


def test_an_ordered_dictionary_keeps_its_entries() -> None:
    for protocol in (2, 4):
        found = describe_pickle(pickle.dumps(OrderedDict(a=1, b=[2]), protocol)).value
        assert found.function == GlobalName("collections", "OrderedDict")
        assert found.items == {"a": 1, "b": [2]}


@pytest.mark.parametrize(
    ("content", "line"),
    [
        (b"", "is truncated|broken"),
        (b"\x80\x02", "broken"),
        (b"\x80\x02.", "takes a value where there is none"),
        (b"\x80\x02h\x07.", "never stored"),
        (b"\x80\x02t.", "never opened"),
        (b"\x80\x02K\x01K\x02a.", "not a list"),
        (b"\x80\x02]K\x01K\x02s.", "has none"),
        (b"\x80\x02\x82\x01.", "EXT1"),
        (b"\x80\x02K\x01K\x02\x93.", "without a name"),
        (b"\x80\x02" + b")" + b"\x85" * 200 + b".", "too deeply"),
        (b"hello, world, this is a text", "never stored"),
        (b"\x80\x04\x8e" + b"\xff" * 8 + b"abc", "broken"),
    ],
)
def test_a_broken_pickle_is_refused(content: bytes, line: str) -> None:
    with pytest.raises(MalformedPickleError, match=line):
        describe_pickle(content)


@SLOW
@given(data=st.data())
def test_any_damage_is_refused_or_harmless(data: st.DataObject) -> None:
    honest = pickle.dumps({"state_dict": OrderedDict(a=[1, 2.5, ("x",)]), "epoch": 3}, 2)
    damaged = bytearray(honest)
    for _ in range(data.draw(st.integers(1, 4))):
        damaged[data.draw(st.integers(0, len(honest) - 1))] = data.draw(st.integers(0, 255))
    try:
        describe_pickle(bytes(damaged))
    except MalformedPickleError as error:
        assert str(error)  # noqa: PT017  either outcome is right; any other exception is not
