"""Fit of the network of Mørch et al. 1995: everything that its saliency map needs except the scans."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from viewer.errors import ModelError
from viewer.models.training.morch.cost import CostName
from viewer.models.training.morch.levenberg_marquardt import Minimum
from viewer.models.training.morch.network import ForwardState, LayerSizes, NetworkWeights
from viewer.models.training.morch.objective import TrainingObjective
from viewer.models.training.morch.pca import PrincipalComponents
from viewer.models.training.morch.targets import Targets
from viewer.models.training.morch.training_options import HiddenActivation, Paradigm
from viewer.scans.atomic_write import atomic_write


@dataclass(frozen=True, eq=False)
class Fit:
    """Network at the minimum of its training cost.

    Parameters
    ----------
    components
        Axes, as weights of the scans, and the scans' projections on them.
    targets
        Training targets.
    objective
        Minimised cost, with the decay and the trainable parameters.
    minimum
        Minimum reached by the optimisation.
    """

    components: PrincipalComponents
    targets: Targets
    objective: TrainingObjective
    minimum: Minimum

    @property
    def weights(self) -> NetworkWeights:
        """Weights of the network."""
        return NetworkWeights.from_vector(self.minimum.parameters, self.objective.sizes)

    @property
    def state(self) -> ForwardState:
        """Forward state of the network for the training scans."""
        return self.objective.state(self.minimum.parameters)

    @property
    def error(self) -> float:
        """E, the mean cost over the training scans without the decay."""
        return self.objective.error(self.minimum.parameters)

    def predictions(self) -> npt.NDArray[np.float64]:
        """F in the targets' own units (graded), or class indices, shape (J,)."""
        return decode_outputs(self.state.F, self.targets)


def decode_outputs(F: npt.NDArray[np.float64], targets: Targets) -> npt.NDArray[np.float64]:
    """Return predictions for outputs ``F`` (O, J): values in their own unit, or class indices, (J,)."""
    if targets.paradigm is Paradigm.GRADED:
        return np.asarray(F[0] * targets.deviation + targets.mean)
    return np.asarray((F[0] > 0) * 1.0 if len(F) == 1 else F.argmax(axis=0) * 1.0)


def save_fit(fit: Fit, path: Path) -> Path:
    """Write the fit as safetensors in float64.

    Raises
    ------
    ModelError
        The file cannot be written.
    """
    from safetensors.numpy import save

    sizes, minimum = fit.objective.sizes, fit.minimum
    entries = {
        "format": "mørch-1995 fit",
        "activation": str(fit.objective.activation),
        "cost": str(fit.objective.cost_name),
        "decay": fit.objective.decay,
        "hidden": sizes.hidden,
        "paradigm": str(fit.targets.paradigm),
        "classes": list(fit.targets.classes),
        "mean": fit.targets.mean,
        "deviation": fit.targets.deviation,
        "scale": fit.components.scale,
        "steps": minimum.steps,
    }
    tensors = {
        "P": fit.components.P,
        "V": fit.components.V,
        "variances": fit.components.variances,
        "Y": fit.targets.Y,
        "u": minimum.parameters,
        "free": fit.objective.trainable.astype(np.uint8),
    }
    content = save(
        {name: np.ascontiguousarray(value) for name, value in tensors.items()}, {"fit": json.dumps(entries)}
    )
    try:
        with atomic_write(path) as file:
            file.write(content)
    except OSError as error:
        raise ModelError(path, f"cannot be written ({error.strerror})") from error
    return path


def load_fit(path: Path) -> Fit:
    """Load a saved fit.

    Raises
    ------
    ModelError
        The file cannot be read, or is not a fit.
    """
    from safetensors import SafetensorError, safe_open

    try:
        with safe_open(path, framework="numpy") as file:
            entries = json.loads((file.metadata() or {}).get("fit", "{}"))
            tensors = {name: np.array(file.get_tensor(name)) for name in file.keys()}  # noqa: SIM118
        sizes = LayerSizes(tensors["P"].shape[1], int(entries["hidden"]), tensors["Y"].shape[0])
        targets = Targets(
            tensors["Y"],
            Paradigm(entries["paradigm"]),
            tuple(str(name) for name in entries["classes"]),
            float(entries["mean"]),
            float(entries["deviation"]),
        )
        components = PrincipalComponents(
            tensors["P"], tensors["V"], tensors["variances"], float(entries["scale"])
        )
        objective = TrainingObjective(
            components.V,
            targets.Y,
            sizes,
            HiddenActivation(entries["activation"]),
            CostName(entries["cost"]),
            float(entries["decay"]),
            tensors["free"].astype(bool),
        )
        u, steps = tensors["u"], int(entries["steps"])
        if u.shape != (sizes.parameter_count,) or objective.trainable.shape != u.shape:
            raise ValueError("its parameters do not fit its sizes")
        gradient, hessian = objective.derivatives(u)
    except (OSError, SafetensorError, KeyError, TypeError, ValueError) as error:
        raise ModelError(path, f"is not a fit that `train morch` wrote ({error})") from error
    eigenvalues = np.linalg.eigvalsh(hessian)
    max_gradient = float(np.abs(gradient).max(initial=0.0))
    minimum = Minimum(
        u,
        objective.value(u),
        steps,
        max_gradient,
        (float(eigenvalues[0]), float(eigenvalues[-1])),
        max_gradient <= 1e-8 and float(eigenvalues[0]) > 0,
    )
    return Fit(components, targets, objective, minimum)
