"""Result of a visualization: the image as a map, and its activations compared with those of scans."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from viewer.methods.feature_visualization.optimizer import OptimizationState
from viewer.number_format import format_count
from viewer.scans.map import Map


@dataclass(frozen=True)
class MeasuredActivation:
    """Activation of an input: f, and the largest value over the positions of the layer.

    For a scan that the network processes slice by slice, each is the maximum over the slices. If the
    objective is one unit, f of a scan is the largest value over the positions.
    """

    name: str
    f: float
    peak: float


@dataclass(frozen=True, eq=False)
class Feature:
    """Image that maximises an activation.

    Parameters
    ----------
    map
        The image on the network's grid, in the network's intensities.
    image_activation, start_activation
        Activation of the image on the whole grid without transforms, and of the initial noise.
    scan_activations
        Activation of each scan, in their order.
    state
        State from which the run can be resumed.
    stopped
        Whether it was stopped before its last step.
    """

    map: Map
    image_activation: MeasuredActivation
    start_activation: MeasuredActivation
    scan_activations: tuple[MeasuredActivation, ...]
    state: OptimizationState
    stopped: bool = False

    @property
    def largest_scan_activation(self) -> MeasuredActivation | None:
        """Activation of the scan with the largest f; None without scans."""
        return max(self.scan_activations, key=lambda entry: entry.f, default=None)

    def as_json(self) -> dict[str, Any]:
        """Return the numbers as plain values."""
        entries: dict[str, Any] = {
            "achieved": {"mean": self.image_activation.f, "largest": self.image_activation.peak},
            "start": {"mean": self.start_activation.f, "largest": self.start_activation.peak},
            "steps": self.state.step,
            "seen by the steps": list(self.state.scores),
        }
        if self.scan_activations:
            entries["scans"] = {
                entry.name: {"mean": entry.f, "largest": entry.peak} for entry in self.scan_activations
            }
        return entries


def describe_feature(feature: Feature) -> tuple[str, ...]:
    """Describe the image's activations in sentences."""
    final, start, largest = (
        feature.image_activation,
        feature.start_activation,
        feature.largest_scan_activation,
    )
    single = bool(feature.map.provenance.parameters.get("unit"))
    if single:
        lines = [f"activation {final.f:.4g}; the initial noise has {start.f:.4g}"]
    else:
        lines = [
            f"mean activation {final.f:.4g} (largest at one position {final.peak:.4g}); the initial noise "
            f"has {start.f:.4g} ({start.peak:.4g})"
        ]
    if final.peak <= 0:
        lines.append("no image was found that activates it: this is the closest one, or noise")
    if feature.stopped:
        lines.append(f"stopped after {format_count(feature.state.step, 'step')}")
    if largest is not None:
        peak = max(entry.peak for entry in feature.scan_activations)
        scans_text = (
            "the scan" if len(feature.scan_activations) == 1 else f"{len(feature.scan_activations)} scans"
        )
        mean = "" if single else f"the largest mean activation is {largest.f:.4g} ({largest.name}), and "
        place = f" ({largest.name})" if single else ""
        lines.append(f"of {scans_text}, {mean}the largest at one position {peak:.4g}{place}")
    return tuple(lines)
