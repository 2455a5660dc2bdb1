"""Arrays and values of a page, against a decoder that shares nothing with the packing."""

from __future__ import annotations

import base64
import zlib

import numpy as np
import pytest

from viewer.scene.web_page.packing import PackedArrays
from viewer.scene.web_page.quantisation import quantise


def decode(entry: dict, text: str) -> np.ndarray:
    data = zlib.decompress(base64.b64decode(text), -15)
    dtype = np.dtype(entry["type"])
    planes = np.frombuffer(data, dtype=np.uint8).reshape(dtype.itemsize, -1).astype(np.int64)
    numbers = (planes * 256 ** np.arange(dtype.itemsize)[:, None]).sum(axis=0).reshape(entry["shape"])
    if entry["axes"]:
        numbers = np.where(numbers % 2, -(numbers + 1) // 2, numbers // 2)
    for axis in entry["axes"]:
        numbers = numbers.cumsum(axis=axis)
    return (numbers % 256**dtype.itemsize).astype(dtype)


@pytest.mark.parametrize("dtype", ["uint8", "uint16", "uint32"])
@pytest.mark.parametrize("kind", ["smooth", "noise", "one"])
@pytest.mark.parametrize("shape", [(7,), (5, 6), (34, 9, 11)])
def test_an_array_comes_back_as_it_was(dtype: str, kind: str, shape: tuple[int, ...]) -> None:
    rng = np.random.default_rng(1)
    largest = int(np.iinfo(dtype).max)
    ramp = np.arange(np.prod(shape)).reshape(shape)
    given = {
        "smooth": ramp * (largest // max(ramp.max(), 1)),
        "noise": rng.integers(0, largest, shape, endpoint=True),
        "one": np.full(shape, largest),
    }[kind].astype(dtype)
    arrays = PackedArrays()
    number = arrays.add(given)
    assert np.array_equal(decode(arrays.entries[number], arrays.base64_texts[number]), given)


def test_equal_arrays_are_stored_once_and_other_types_are_refused() -> None:
    arrays = PackedArrays()
    first = arrays.add(np.arange(6, dtype=np.uint8))
    assert arrays.add(np.arange(6, dtype=np.uint8)) == first
    assert arrays.add(np.arange(6, dtype=np.uint8).reshape(2, 3)) != first
    with pytest.raises(ValueError, match="float32"):
        arrays.add(np.zeros(3, dtype=np.float32))


@pytest.mark.parametrize("centred", [False, True])
@pytest.mark.parametrize("scale", [1e-30, 1.0, 1e30])
def test_values_are_off_by_half_a_step_at_most(centred: bool, scale: float) -> None:
    values = (np.random.default_rng(2).standard_normal((9, 8, 7)) * scale).astype(np.float32)
    values[0, 0, 0] = 0.0
    found = quantise(values, exact_zero=centred)
    assert not found.is_exact
    assert np.abs(found.values() - values).max() <= 0.5001 * found.step
    assert np.ptp(values) / found.step > 60_000
    if centred:
        assert abs(found.values()[0, 0, 0]) < 1e-9 * found.step


def test_whole_numbers_are_exact_and_little_room_makes_steps_coarser() -> None:
    values = np.random.default_rng(3).integers(-1000, 3000, (40, 20, 20)).astype(np.float32)
    assert quantise(values).is_exact
    assert np.array_equal(quantise(values).values(), values)
    coarse = quantise(values, max_bytes=17_000)
    assert not coarse.is_exact
    assert coarse.step > 10
    arrays = PackedArrays()
    arrays.add(coarse.numbers)
    assert len(arrays.base64_texts[0]) * 3 / 4 < 17_000 * 1.1
    assert quantise(values, max_bytes=1).numbers.dtype == np.uint8


def test_a_single_value_and_no_value_are_stored() -> None:
    flat = quantise(np.full((2, 2, 2), 7.25, dtype=np.float32))
    assert flat.is_exact
    assert (flat.values() == 7.25).all()
