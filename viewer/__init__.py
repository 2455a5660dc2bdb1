"""Saliency Viewer: explain the decisions of neural networks on brain scans.

Everything that the window does can also be done from Python. Importing this package is fast, since the
modules of a name are imported when the name is first used.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from viewer.checks.check_maps import check
    from viewer.checks.map_comparison import compare
    from viewer.checks.runner import list_checks
    from viewer.checks.track_record.make_record import track_record
    from viewer.cohorts.group import group
    from viewer.cohorts.map_agreement import map_agreement
    from viewer.cohorts.nearest_scans import nearest
    from viewer.cohorts.person_in_group import compare_with_group
    from viewer.cohorts.run_cohort import cohort
    from viewer.errors import ViewerError
    from viewer.fit.check_fit import check_fit
    from viewer.fit.predict import predict
    from viewer.methods.channel_table import channels
    from viewer.methods.explain import explain
    from viewer.methods.explain_members import explain_members
    from viewer.methods.feature_visualization.visualization import features
    from viewer.methods.morch_1995.train_morch import train_morch
    from viewer.methods.patterns.fit import fit_patterns
    from viewer.methods.patterns.signal_quality import pattern_quality
    from viewer.methods.perturbation.region_effects import regions
    from viewer.methods.registry import list_methods
    from viewer.models.architectures.registry import list_architectures
    from viewer.models.load_card import load_card
    from viewer.models.loading import load_model
    from viewer.models.model import Model
    from viewer.models.model_card import Card
    from viewer.models.training.train import train
    from viewer.models.uncertainty.members import Uncertainty
    from viewer.preparation.align_images import align_images
    from viewer.preparation.pipeline import prepare
    from viewer.preparation.requirements import Requirements
    from viewer.progress import Progress
    from viewer.scans.atlas import load_atlas
    from viewer.scans.grid import Grid
    from viewer.scans.load import load_map, load_scan
    from viewer.scans.map import Map
    from viewer.scans.scan import Scan
    from viewer.scans.threshold import Threshold
    from viewer.scene.check_report import save_report
    from viewer.scene.dicom_export.save_dicom import save_dicom
    from viewer.scene.figure import figure
    from viewer.scene.mesh import mesh
    from viewer.scene.movie import movie
    from viewer.scene.result_report.report import report
    from viewer.scene.slices_figure import slices_figure
    from viewer.scene.web_page.page import page
    from viewer.session.map_clusters import clusters
    from viewer.session.open_session import open_session
    from viewer.session.session import Session
    from viewer.session.session_io import save_session
    from viewer.session.view import Camera, View

    __version__: str

__all__ = [
    "Camera",
    "Card",
    "Grid",
    "Map",
    "Model",
    "Progress",
    "Requirements",
    "Scan",
    "Session",
    "Threshold",
    "Uncertainty",
    "View",
    "ViewerError",
    "__version__",
    "align_images",
    "channels",
    "check",
    "check_fit",
    "clusters",
    "cohort",
    "compare",
    "compare_with_group",
    "explain",
    "explain_members",
    "features",
    "figure",
    "fit_patterns",
    "group",
    "list_architectures",
    "list_checks",
    "list_methods",
    "load_atlas",
    "load_card",
    "load_map",
    "load_model",
    "load_scan",
    "map_agreement",
    "mesh",
    "movie",
    "nearest",
    "open_session",
    "page",
    "pattern_quality",
    "predict",
    "prepare",
    "regions",
    "report",
    "save_dicom",
    "save_report",
    "save_session",
    "slices_figure",
    "track_record",
    "train",
    "train_morch",
]

_HOMES = {
    "Camera": "viewer.session.view",
    "Card": "viewer.models.model_card",
    "Grid": "viewer.scans.grid",
    "Map": "viewer.scans.map",
    "Model": "viewer.models.model",
    "Progress": "viewer.progress",
    "Requirements": "viewer.preparation.requirements",
    "Scan": "viewer.scans.scan",
    "Session": "viewer.session.session",
    "Threshold": "viewer.scans.threshold",
    "Uncertainty": "viewer.models.uncertainty.members",
    "View": "viewer.session.view",
    "ViewerError": "viewer.errors",
    "align_images": "viewer.preparation.align_images",
    "channels": "viewer.methods.channel_table",
    "check": "viewer.checks.check_maps",
    "check_fit": "viewer.fit.check_fit",
    "clusters": "viewer.session.map_clusters",
    "cohort": "viewer.cohorts.run_cohort",
    "compare": "viewer.checks.map_comparison",
    "compare_with_group": "viewer.cohorts.person_in_group",
    "explain": "viewer.methods.explain",
    "explain_members": "viewer.methods.explain_members",
    "features": "viewer.methods.feature_visualization.visualization",
    "figure": "viewer.scene.figure",
    "fit_patterns": "viewer.methods.patterns.fit",
    "group": "viewer.cohorts.group",
    "list_architectures": "viewer.models.architectures.registry",
    "list_checks": "viewer.checks.runner",
    "list_methods": "viewer.methods.registry",
    "load_atlas": "viewer.scans.atlas",
    "load_card": "viewer.models.load_card",
    "load_map": "viewer.scans.load",
    "load_model": "viewer.models.loading",
    "load_scan": "viewer.scans.load",
    "map_agreement": "viewer.cohorts.map_agreement",
    "mesh": "viewer.scene.mesh",
    "movie": "viewer.scene.movie",
    "nearest": "viewer.cohorts.nearest_scans",
    "open_session": "viewer.session.open_session",
    "page": "viewer.scene.web_page.page",
    "pattern_quality": "viewer.methods.patterns.signal_quality",
    "predict": "viewer.fit.predict",
    "prepare": "viewer.preparation.pipeline",
    "regions": "viewer.methods.perturbation.region_effects",
    "report": "viewer.scene.result_report.report",
    "save_dicom": "viewer.scene.dicom_export.save_dicom",
    "save_report": "viewer.scene.check_report",
    "save_session": "viewer.session.session_io",
    "slices_figure": "viewer.scene.slices_figure",
    "track_record": "viewer.checks.track_record.make_record",
    "train": "viewer.models.training.train",
    "train_morch": "viewer.methods.morch_1995.train_morch",
}


def __getattr__(name: str) -> Any:
    if name == "__version__":
        return import_module("viewer.resource_files").version()
    if name not in _HOMES:
        raise AttributeError(f"module 'viewer' has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    return list(__all__)
