"""Activations of a layer for one scan: as arrays, as thumbnails, and as a map in the scan's space."""

from __future__ import annotations

import hashlib
import threading
from collections import OrderedDict
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from viewer.errors import ModelError
from viewer.progress import Progress
from viewer.scans.map import Map
from viewer.scans.provenance import Provenance

if TYPE_CHECKING:
    import torch

    from viewer.models.model import Model
    from viewer.models.preprocessing import PreparedInput
    from viewer.scans.scan import Scan

Floats = npt.NDArray[np.float32]

ACTIVATION_METHOD = "activation"
"""Method named in the provenance of a layer's map."""


def compute_activations(
    model: Model, x: torch.Tensor, layer: str, progress: Progress | None = None
) -> Floats:
    """Compute the output of a layer for one input, running only the part of the network that it needs.

    Parameters
    ----------
    model
        The network; no hooks are registered on it.
    x
        (1, C, spatial...), on the device to compute on.
    layer
        A module's path, ``path@CALL`` for one call of a reused module, or an operator's name.
    progress
        Updated after every operator, and checked for cancellation before each.

    Returns
    -------
    float32, (channels, spatial...); for a layer after the flattening, (channels,).

    Raises
    ------
    ModelError
        The layer does not exist, the network has no operator graph, or it does not accept ``x``.
    Cancelled
        Cancelled through ``progress``.
    """
    from viewer.models.graph.interpreter import run

    if len(x) != 1:
        raise ValueError(f"{len(x)} inputs given; activations are computed for one")
    output = run(model.graph(x), x, progress, layer)
    values: Floats = output[0].detach().float().cpu().numpy()
    # A copy: a view would keep the memory of a larger tensor alive.
    return np.array(values, order="C")


class ActivationCache:
    """Least-recently-used cache of activations.

    Thread-safe; two threads that request the same entry at the same time both compute it.

    Parameters
    ----------
    max_bytes
        Size of the cache in bytes. Activations larger than that are returned but not cached.
    """

    def __init__(self, max_bytes: int) -> None:
        self.max_bytes = max_bytes
        self._entries: OrderedDict[tuple[str, ...], Floats] = OrderedDict()
        self._byte_count = 0
        self._lock = threading.Lock()

    @property
    def byte_count(self) -> int:
        """Current size in bytes."""
        return self._byte_count

    def __len__(self) -> int:
        return len(self._entries)

    def compute(self, model: Model, x: torch.Tensor, layer: str, progress: Progress | None = None) -> Floats:
        """Return the cached result of `compute_activations`; the array is shared and read-only."""
        key = (model.hash, model.card.architecture, layer, _digest(x))
        with self._lock:
            if key in self._entries:
                self._entries.move_to_end(key)
                return self._entries[key]
        values = compute_activations(model, x, layer, progress)
        values.setflags(write=False)
        with self._lock:
            self._store(key, values)
        return values

    def clear(self) -> None:
        """Remove all entries."""
        with self._lock:
            self._entries.clear()
            self._byte_count = 0

    def _store(self, key: tuple[str, ...], values: Floats) -> None:
        if values.nbytes > self.max_bytes:
            return
        previous = self._entries.pop(key, None)
        self._byte_count -= 0 if previous is None else previous.nbytes
        self._entries[key] = values
        self._byte_count += values.nbytes
        while self._byte_count > self.max_bytes:
            _, evicted = self._entries.popitem(last=False)
            self._byte_count -= evicted.nbytes


def make_thumbnails(values: Floats, axis: int = -1, max_size: int = 64) -> npt.NDArray[np.uint8]:
    """Return the middle slice of every channel as a small grey image.

    Parameters
    ----------
    values
        (channels, X, Y, Z), or (channels, X, Y), which is a slice already.
    axis
        Spatial axis along the slice's normal, 0 to 2 or counted from the end; not used in two dimensions.
    max_size
        Largest number of pixels along the longer side; larger slices are downsampled by block means.

    Returns
    -------
    uint8 (channels, height, width): the slice's remaining axes in their order. Each channel is scaled from
    its minimum (0) to its maximum (255); a constant channel is 0.

    Raises
    ------
    ModelError
        The layer has no spatial axes.
    """
    if values.ndim not in (3, 4):
        raise ModelError(
            "thumbnails",
            f"the layer's output has {values.ndim - 1} spatial axes, but a thumbnail needs 2 or 3",
        )
    slices = values
    if values.ndim == 4:
        spatial = range(1, 4)[axis]
        slices = values.take(values.shape[spatial] // 2, spatial)
    block = -(-max(slices.shape[1:]) // max_size)
    means = _block_means(slices.astype(np.float64), block)
    low = means.min((1, 2), keepdims=True)
    value_range = means.max((1, 2), keepdims=True) - low
    thumbnails: npt.NDArray[np.uint8] = np.rint(
        255 * (means - low) / np.where(value_range > 0, value_range, 1)
    ).astype(np.uint8)
    return thumbnails


def make_activation_map(
    model: Model,
    prepared: PreparedInput,
    scan: Scan,
    layer: str,
    channel: int,
    values: Floats,
) -> Map:
    """Return one channel of a layer as a map on the scan's grid.

    The layer's grid is stretched over the field of view of the network's input, with matching outer faces.
    This is exact for pooling and for convolutions that preserve or divide the size; after unpadded
    convolutions, the layer is also stretched over the border that they removed.

    Parameters
    ----------
    model, prepared, scan
        The network, its input, and the scan that it was prepared from.
    layer, channel
        Layer and channel to show.
    values
        The layer's activations, (channels, spatial...).

    Raises
    ------
    ModelError
        The layer has no such channel, or no spatial axes.
    """
    dimensions = prepared.tensor.dim() - 2
    if values.ndim != dimensions + 1:
        raise ModelError(
            f"layer {layer}", "its output is not spatial", "choose a layer before the network flattens"
        )
    if not 0 <= channel < len(values):
        raise ModelError(f"layer {layer}", f"it has no channel {channel}", f"it has 0 to {len(values) - 1}")
    from viewer.scans.resample import resample

    grid = prepared.grid.resized((*values.shape[1:], 1)[:3])
    resampled = resample(values[channel].reshape(grid.shape), grid, scan.grid)
    size = "×".join(str(length) for length in values.shape[1:])
    provenance = Provenance(
        method=ACTIVATION_METHOD,
        parameters={"channel": channel},
        layer=layer,
        model={"name": model.card.name, "hash": model.hash},
        scan={"name": scan.name, "hash": scan.hash},
        notes=(*prepared.notes, f"{size} voxels of the layer, enlarged to the scan's grid"),
    )
    return Map(resampled, scan.grid, f"{layer}, channel {channel}", provenance, scan.stored)


def _digest(x: torch.Tensor) -> str:
    """Return a key of an input: its dtype, its shape and a hash of its values."""
    data = x.detach().cpu().contiguous().numpy()
    return f"{data.dtype} {data.shape} {hashlib.blake2b(data.data, digest_size=16).hexdigest()}"


def _block_means(slices: npt.NDArray[np.float64], block: int) -> npt.NDArray[np.float64]:
    """Compute means over blocks of pixels; the last block along an axis may be smaller."""
    if block == 1:
        return slices
    for axis in (1, 2):
        size = slices.shape[axis]
        starts = np.arange(0, size, block)
        counts = np.diff([*starts, size])
        sums = np.add.reduceat(slices, starts, axis=axis)
        slices = sums / counts.reshape([-1 if dim == axis else 1 for dim in range(3)])
    return slices
