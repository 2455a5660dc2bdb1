"""The masked matrix: its Gram matrix, volumes out of rows, and files of the wrong size."""

from __future__ import annotations

import numpy as np
import pytest

from viewer.errors import ScanError
from viewer.scans.grid import Grid
from viewer.scans.masked_matrix import MaskedMatrix, memory_map_matrix


def matrix_of(scans=5, shape=(17, 13, 19)) -> MaskedMatrix:
    draw = np.random.default_rng(0)
    mask = draw.random(shape) > 0.3
    values = draw.normal(100, 20, size=(scans, int(mask.sum()))).astype(np.float32)
    return MaskedMatrix(values, np.zeros(values.shape[1], np.float32), mask, Grid(shape, np.eye(4)))


def test_gram_is_multiplied_and_summed_in_double():
    matrix = matrix_of()
    long = matrix.values.astype(np.longdouble)
    np.testing.assert_allclose(matrix.gram(), (long @ long.T).astype(float), rtol=1e-14)
    assert (matrix.gram() == matrix.gram().T).all()


def test_values_are_laid_back_where_they_came_from():
    matrix = matrix_of()
    volume = np.random.default_rng(1).normal(size=matrix.grid.shape).astype(np.float32)
    back = matrix.to_volume(volume[matrix.mask])
    np.testing.assert_array_equal(back[matrix.mask], volume[matrix.mask])
    assert (back[~matrix.mask] == 0).all()


def test_a_mapped_file_is_read_and_never_written(tmp_path):
    matrix = matrix_of()
    path = tmp_path / "scans.f32"
    matrix.values.tofile(path)
    before = path.read_bytes()
    values = memory_map_matrix(path, matrix.values.shape)
    mapped = MaskedMatrix(values, matrix.mean, matrix.mask, matrix.grid, path)
    np.testing.assert_array_equal(mapped.gram(), matrix.gram())
    values[:] = 0
    assert path.read_bytes() == before


def test_a_file_of_another_size_is_refused(tmp_path):
    path = tmp_path / "scans.f32"
    path.write_bytes(bytes(100))
    with pytest.raises(ScanError, match="has 100 bytes, but 3 scans of 10 voxels take 120"):
        memory_map_matrix(path, (3, 10))
    with pytest.raises(ScanError, match="cannot be read"):
        memory_map_matrix(tmp_path / "none.f32", (3, 10))


def test_shapes_must_fit():
    matrix = matrix_of()
    with pytest.raises(ValueError, match=r"for .* voxels"):
        MaskedMatrix(matrix.values[:, 1:].copy(), matrix.mean, matrix.mask, matrix.grid)
    with pytest.raises(ValueError, match="do not fit"):
        MaskedMatrix(matrix.values, matrix.mean[1:], matrix.mask, matrix.grid)
    frozen = matrix.values.copy()
    frozen.setflags(write=False)
    with pytest.raises(ValueError, match="not writable"):
        MaskedMatrix(frozen, matrix.mean, matrix.mask, matrix.grid)
