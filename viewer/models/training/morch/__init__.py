"""Training the network of Mørch et al. 1995: components, the descent, pruning, and leaving subjects out."""

from viewer.models.training.morch.components import Components, principal_components, rank_of
from viewer.models.training.morch.cost import CostName
from viewer.models.training.morch.crossvalidation import LeftOut, leave_one_subject_out
from viewer.models.training.morch.fit import Fit, load_fit, save_fit
from viewer.models.training.morch.network import Activation, Sizes, Weights
from viewer.models.training.morch.pruning import Pruned, prune
from viewer.models.training.morch.targets import Paradigm, Targets, classes, graded
from viewer.models.training.morch.training import Recipe, train

__all__ = [
    "Activation",
    "Components",
    "CostName",
    "Fit",
    "LeftOut",
    "Paradigm",
    "Pruned",
    "Recipe",
    "Sizes",
    "Targets",
    "Weights",
    "classes",
    "graded",
    "leave_one_subject_out",
    "load_fit",
    "principal_components",
    "prune",
    "rank_of",
    "save_fit",
    "train",
]
