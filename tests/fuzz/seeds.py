"""A small honest file of every kind that the program reads, and what reads it."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import nibabel as nib
import numpy as np
import torch
import yaml
from safetensors.torch import save_file

from tests.models.nnunet_results import write_results
from viewer.models.inspect import inspect
from viewer.models.loading import load_model
from viewer.scans.atlas import load_atlas
from viewer.scans.atlas_names import read_names
from viewer.scans.describe import describe
from viewer.scans.file_types import detect_file_type
from viewer.scans.load import load_map, load_scan
from viewer.scans.map import Map
from viewer.scans.scan_table import read_table
from viewer.session.session import Session
from viewer.session.session_io import open_atlas, open_images, read_session, save_session

NIBABEL = Path(nib.__file__).parent / "tests" / "data"


@dataclass(frozen=True)
class Seed:
    """An honest file.

    Parameters
    ----------
    kind
        Groups the counts.
    folder
        Where it and what belongs to it lie; a copy of the folder is what is read.
    damaged
        The files in it that may be damaged, with the form that `mutators.damage` takes.
    read
        Reads the copy; gets its folder.
    hostile
        Whether it is refused as it is, because it would run code.
    """

    kind: str
    name: str
    folder: Path
    damaged: tuple[tuple[str, str], ...]
    read: Callable[[Path], Any]
    hostile: bool = False


def seeds(root: Path) -> list[Seed]:
    """Write all honest files below a folder."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return [
            *_images(root),
            *_dicom(root),
            *_labels(root),
            *_tables(root),
            *_models(root),
            *_sessions(root),
        ]


def _folder(root: Path, name: str) -> Path:
    folder = root / name
    folder.mkdir(parents=True)
    return folder


def _as_scan(name: str) -> Callable[[Path], Any]:
    def read(folder: Path) -> Any:
        detect_file_type(folder / name)
        return json.dumps(describe(load_map(folder / name, 0)), default=str)

    return read


def _images(root: Path) -> list[Seed]:
    values = np.arange(210, dtype=np.int16).reshape(5, 6, 7)
    affine = np.diag([2.0, 2, 3, 1])
    found = []

    def add(name: str, write: Callable[[Path], Any], form: str, *others: tuple[str, str]) -> None:
        folder = _folder(root, name.replace(".", "-"))
        write(folder)
        found.append(Seed("scan", name, folder, ((name, form), *others), _as_scan(name)))

    def image(kind: Any, name: str, data: Any = values) -> Callable[[Path], Any]:
        return lambda folder: nib.save(kind(data, affine), folder / name)

    def copied(*names: str) -> Callable[[Path], Any]:
        return lambda folder: [(folder / name).write_bytes((NIBABEL / name).read_bytes()) for name in names]

    add("a.nii", image(nib.Nifti1Image, "a.nii"), "bytes")
    add("b.nii", image(nib.Nifti2Image, "b.nii"), "bytes")
    add("c.nii.gz", image(nib.Nifti1Image, "c.nii.gz", np.stack([values, values], -1)), "gzip")
    add("d.mgh", image(nib.MGHImage, "d.mgh", values.astype(np.float32)), "bytes")
    add("e.mgz", image(nib.MGHImage, "e.mgz", values.astype(np.float32)), "gzip")
    add("f.img", image(nib.Spm2AnalyzeImage, "f.img"), "bytes", ("f.hdr", "bytes"), ("f.mat", "bytes"))
    add("minc1_1_scale.mnc", copied("minc1_1_scale.mnc"), "bytes")
    pair = ("scaled+tlrc.HEAD", "scaled+tlrc.BRIK")
    add(pair[0], copied(*pair), "text", (pair[0], "bytes"), (pair[1], "bytes"))
    pair = ("phantom_EPI_asc_CLEAR_2_1.PAR", "phantom_EPI_asc_CLEAR_2_1.REC")
    add(pair[0], copied(*pair), "text", (pair[0], "bytes"))
    folder = _folder(root, "sidecar")
    nib.save(nib.Nifti1Image(values.astype(np.float32), affine), folder / "m.nii")
    made = {
        "method": "gradient", "parameters": {"a": 1}, "target": "x", "seed": 0, "seconds": 1.5,
        "device": "cpu", "model": {"name": "n", "hash": "0"}, "scan": {"path": "a.nii", "hash": "0"},
        "notes": ["a"], "software": {"torch": "2"},
        "residual": {"kind": "completeness", "expected": 1, "found": 1.0},
        "prediction": {"kind": "classification", "classes": ["a", "b"], "logits": [0, 1]},
    }  # fmt: skip
    (folder / "m.json").write_text(json.dumps(made))
    found.append(Seed("sidecar", "m.json", folder, (("m.json", "json"),), _as_scan("m.nii")))
    return found


def _dicom(root: Path) -> list[Seed]:
    try:
        import pydicom
    except ModuleNotFoundError:
        return []
    folder = _folder(root, "dicom")
    (folder / "s").mkdir()
    for n in range(4):
        made = pydicom.Dataset()
        made.file_meta = pydicom.dataset.FileMetaDataset()
        made.file_meta.TransferSyntaxUID = pydicom.uid.ExplicitVRLittleEndian
        made.SOPClassUID = made.file_meta.MediaStorageSOPClassUID = pydicom.uid.MRImageStorage
        made.SOPInstanceUID = made.file_meta.MediaStorageSOPInstanceUID = f"1.2.3.{n + 1}"
        made.SeriesInstanceUID, made.SeriesDescription, made.InstanceNumber = "1.2.3", "T1", n + 1
        made.Rows, made.Columns, made.SamplesPerPixel, made.PhotometricInterpretation = 6, 5, 1, "MONOCHROME2"
        made.BitsAllocated, made.BitsStored, made.HighBit, made.PixelRepresentation = 16, 16, 15, 0
        made.PixelSpacing, made.ImageOrientationPatient = [1.5, 2], [1, 0, 0, 0, 1, 0]
        made.ImagePositionPatient = [0, 0, 3 * n]
        made.RescaleSlope, made.RescaleIntercept = "1", "0"
        made.PixelData = np.arange(30, dtype="<u2").tobytes()
        made.save_as(folder / "s" / f"IM{n}", enforce_file_format=True)

    def read(copy: Path) -> Any:
        detect_file_type(copy / "s")
        return describe(load_scan(copy / "s" / "IM0", 0))

    def read_folder(copy: Path) -> Any:
        return describe(load_scan(copy / "s", 0))

    files = tuple((f"s/IM{n}", "bytes") for n in range(4))
    return [
        Seed("dicom", "file", folder, files[:1], read),
        Seed("dicom", "neighbour", folder, files[1:], read),
        Seed("dicom", "folder", folder, files, read_folder),
    ]


LABELS = {
    "bids.tsv": "index\tname\tcolor\n1\tLeft\t#ff0000\n2\tRight\t#00ff00\n",
    "cat12.csv": "ROIid;ROIabbr;ROIname\n1;l;Left\n2;r;Right\n",
    "roi.csv": "ROI Label,ROI Name,R,A,S\n1,Left,1,2,3\n2,Right,1,2,3\n",
    "freesurfer.txt": "#No. Label Name: R G B A\n1 Left 1 2 3 0\n2 Right 1 2 3 0 5\n",
    "fsl.lut": "1 0.5 0.1 0.2 Left\n2 0.5 0.1 0.3 Right side\n",
    "wb.txt": "Left\n1 120 18 131 255\nRight\n2 120 18 132 255\n",
    "snap.label": '# ITK-SnAP\n1 255 0 0 1 1 1 "Left"\n2 255 0 0 1 1 1 "Right"\n',
    "aal.txt": "Left 1\nRight 2\n",
    "fsl.xml": '<?xml version="1.0"?><atlas><header><type>Label</type></header><data><label index="1" x="1">'
    'Left</label><label index="2">Right</label></data></atlas>',
    "spm.xml": "<atlas><data><label><index>1</index><name>Left</name></label></data></atlas>",
    "named.json": '{"1": "Left", "2": "Right"}',
    "niivue.json": '{"R": [0, 1], "I": [1, 2], "labels": ["Left", "Right"]}',
    "objects.json": '[{"index": 1, "name": "Left"}, {"index": 2, "name": "Right"}]',
}


def _labels(root: Path) -> list[Seed]:
    found = []
    values = np.ones((4, 4, 4), np.int16)
    values[2:] = 2
    for name, text in LABELS.items():
        folder = _folder(root, f"labels-{name.replace('.', '-')}")
        (folder / name).write_text(text)
        nib.save(nib.Nifti1Image(values, np.eye(4)), folder / "atlas.nii")

        def read(copy: Path, name: str = name) -> Any:
            read_names(copy / name)
            return load_atlas(copy / "atlas.nii", copy / name).regions

        form = "json" if name.endswith("json") else "text"
        found.append(Seed("labels", name, folder, ((name, form), (name, "bytes")), read))
    return found


def _tables(root: Path) -> list[Seed]:
    from viewer.methods.scan_sources import read_scan_list

    folder = _folder(root, "table")
    for name in ("a.nii", "b.nii"):
        nib.save(nib.Nifti1Image(np.ones((3, 3, 3), np.float32), np.eye(4)), folder / name)
    rows = "scan\tsubject\ty\tvolume\tage\na.nii\t1\t0\t0\t30\nb.nii\t2\t1\tn/a\t40\n"
    (folder / "t.tsv").write_text(rows)
    (folder / "t.csv").write_text(rows.replace("\t", ","))
    (folder / "l.txt").write_text("a.nii\n# b\nb.nii\n")
    return [
        Seed(
            "table",
            "t.tsv",
            folder,
            (("t.tsv", "text"),),
            lambda copy: read_table(copy / "t.tsv").numeric_y(),
        ),
        Seed("table", "t.csv", folder, (("t.csv", "text"),), lambda copy: read_table(copy / "t.csv")),
        Seed("table", "l.txt", folder, (("l.txt", "text"),), lambda copy: read_scan_list(copy / "l.txt")),
        Seed(
            "table", "listed.tsv", folder, (("t.tsv", "text"),), lambda copy: read_scan_list(copy / "t.tsv")
        ),
    ]


CARD = {
    "name": "net", "architecture": "eitel-3d", "classes": ["no", "yes"],
    "input": {"placement": "spacing", "shape": [24, 24, 24], "axes": "RAS", "spacing": [2, 2, 2],
              "intensity": {"scaling": "z-score", "over": "nonzero"}},
}  # fmt: skip
BUNDLE = {
    "network_def": {"_target_": "UNet", "spatial_dims": 3, "in_channels": 1, "out_channels": 2,
                    "channels": "@widths", "strides": [2, 2], "num_res_units": 2, "norm": "batch"},
    "widths": [4, 8, 8],
    "preprocessing": {"transforms": [
        {"_target_": "LoadImaged", "keys": "image"}, {"_target_": "Orientationd", "axcodes": "RAS"},
        {"_target_": "Spacingd", "pixdim": [1.5, 1.5, 2.0], "mode": "bilinear"},
        {"_target_": "ScaleIntensityRanged", "a_min": -57, "a_max": 164, "b_min": 0, "b_max": 1,
         "clip": True}]},
}  # fmt: skip


class Canary:
    """Makes a file when it is unpickled."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[Callable[[str], int], tuple[str]]:
        return os.system, (f"touch {self.path}",)


def _as_model(name: str) -> Callable[[Path], Any]:
    def read(folder: Path) -> Any:
        detect_file_type(folder / name)
        description = json.dumps(inspect(folder / name).as_json(), default=str)
        model = load_model(folder / name)
        scan = load_scan(folder / "scan.nii") if (folder / "scan.nii").exists() else None
        return description if scan is None or model.card.input is None else model.prepare(scan).tensor.shape

    return read


def _models(root: Path) -> list[Seed]:
    from viewer.models.architectures.registry import find_architecture

    torch.manual_seed(0)
    architecture = find_architecture("eitel-3d", root)
    module = architecture.build(architecture.resolve_arguments({}, root), root).eval()
    state = module.state_dict()
    affine = np.diag([6.0, 6, 6, 1])
    found = []

    def add(kind: str, name: str, write: Callable[[Path], Any], *damaged: tuple[str, str]) -> None:
        folder = _folder(root, f"{kind}-{name.replace('.', '-').replace('/', '-')}")
        write(folder / name)
        nib.save(
            nib.Nifti1Image(np.arange(729, dtype=np.float32).reshape(9, 9, 9), affine), folder / "scan.nii"
        )
        if kind not in ("bundle", "nnunet"):
            (folder / f"{Path(name).stem}.card.json").write_text(json.dumps(CARD))
        found.append(Seed(kind, name, folder, damaged, _as_model(name), hostile=name == "d.pt"))

    add("model", "a.pt", lambda path: torch.save(state, path), ("a.pt", "zip"))
    legacy = {"_use_new_zipfile_serialization": False}
    add("model", "b.pth", lambda path: torch.save({"state_dict": state}, path, **legacy), ("b.pth", "bytes"))
    add(
        "model",
        "c.safetensors",
        lambda path: save_file(state, path, {"a": "b"}),
        ("c.safetensors", "safetensors"),
    )
    canary = Canary(root / "canary")
    add("model", "d.pt", lambda path: torch.save({"w": state, "c": canary}, path), ("d.pt", "zip"))
    small = torch.nn.Sequential(
        torch.nn.Conv3d(1, 2, 3), torch.nn.ReLU(), torch.nn.Flatten(), torch.nn.Linear(2, 2)
    )
    program = torch.export.export(small.eval(), (torch.ones(1, 1, 3, 3, 3),), strict=False)
    add("model", "e.pt2", lambda path: torch.export.save(program, path), ("e.pt2", "zip"))
    found_onnx = root / "seed.onnx"
    with contextlib.suppress(ModuleNotFoundError):
        torch.onnx.export(small, (torch.ones(1, 1, 3, 3, 3),), str(found_onnx), dynamo=False)
        add("model", "h.onnx", lambda path: shutil.copy(found_onnx, path), ("h.onnx", "bytes"))
    kept = Path(__file__).parents[1] / "models" / "keras" / "files"
    for name, form in (("i.keras", "zip"), ("j.h5", "bytes")):
        source = kept / f"classifier{Path(name).suffix}"
        add("keras", name, lambda path, source=source: shutil.copy(source, path), (name, form))
    add("card", "f.safetensors", lambda path: save_file(state, path), ("f.card.json", "json"))

    def bundle(path: Path) -> None:
        for folder in ("configs", "models"):
            (path / folder).mkdir(parents=True)
        (path / "configs" / "inference.json").write_text(json.dumps(BUNDLE))
        described = {
            "name": "n",
            "network_data_format": {"outputs": {"pred": {"channel_def": {"0": "a", "1": "b"}}}},
        }
        (path / "configs" / "metadata.json").write_text(json.dumps(described))
        unet = find_architecture("unet-3d", root)
        settled = unet.resolve_arguments(
            {"widths": [4, 8, 8], "strides": [2, 2], "units": 2, "norm": "batch"}, root
        )
        torch.save(unet.build(settled, root).state_dict(), path / "models" / "model.pt")

    configs = [(f"g/configs/{name}.json", "json") for name in ("inference", "metadata")]
    add("bundle", "g", bundle, *configs)

    def yaml_bundle(path: Path) -> None:
        bundle(path)
        (path / "configs" / "inference.json").unlink()
        (path / "configs" / "inference.yaml").write_text(yaml.safe_dump(BUNDLE))

    add("bundle", "h", yaml_bundle, ("h/configs/inference.yaml", "text"))
    results = "Dataset042_Lesion/nnUNetTrainer__nnUNetPlans__3d_fullres"
    parts = (("plans.json", "json"), ("dataset.json", "json"), ("fold_0/checkpoint_final.pth", "zip"))
    damaged = [(f"{results}/{part}", form) for part, form in parts]
    add("nnunet", results, lambda path: write_results(path.parents[1]), *damaged)
    found += _trained(root)
    return found


def _trained(root: Path) -> list[Seed]:
    """Patterns, and a pair of generators."""
    from viewer.methods.patterns.estimators import LayerPatterns
    from viewer.methods.patterns.layers import PaddingMode
    from viewer.methods.patterns.pattern_io import PatternOrigin, Patterns, load_patterns
    from viewer.models.training.generator_files import PairCard, load_pair, save_pair
    from viewer.models.training.generator_network import GeneratorPair

    weight, none = torch.ones(1, 2, 3), torch.zeros(1, 2, dtype=torch.bool)
    layer = LayerPatterns(
        "l", "l", linear=weight, positive=weight, negative=weight, active=torch.ones(1, 2),
        dead=none, tiny=none, patches=4,
    )  # fmt: skip
    folder = _folder(root, "patterns")
    origin = PatternOrigin("net", "0" * 64, next(iter(PaddingMode)), "float32", (("a", "0"),))
    Patterns(origin, (layer,)).save(folder / "a.patterns.safetensors")
    pair_folder = _folder(root, "generators")
    name = "a.generators.safetensors"
    save_pair(GeneratorPair(1, 2, (2, 4)), PairCard("net", "0" * 64, 1, 2, (2, 4)), pair_folder / name)
    return [
        Seed("patterns", "a", folder, (("a.patterns.safetensors", "safetensors"),),
             lambda copy: load_patterns(copy / "a.patterns.safetensors").notes()),
        Seed("generators", "a", pair_folder, ((name, "safetensors"),), lambda copy: load_pair(copy / name)),
    ]  # fmt: skip


def _sessions(root: Path) -> list[Seed]:
    found = []
    for ending in (".session.json", ".session.zip"):
        folder = _folder(root, f"session{ending.replace('.', '-')}")
        values = np.arange(64, dtype=np.float32).reshape(4, 4, 4)
        nib.save(nib.Nifti1Image(values, np.eye(4)), folder / "scan.nii")
        nib.save(nib.Nifti1Image(np.ones((4, 4, 4), np.int16), np.eye(4)), folder / "atlas.nii")
        (folder / "atlas.tsv").write_text("index\tname\n1\tAll\n")
        session = Session()
        scan = load_scan(folder / "scan.nii")
        session.set_scan(scan)
        session.add_map(Map(values, scan.grid, "made", stored=scan.stored))
        session.set_atlas(load_atlas(folder / "atlas.nii"))
        name = f"work{ending}"
        save_session(session, folder / name)

        def read(copy: Path, name: str = name) -> Any:
            detect_file_type(copy / name)
            saved = read_session(copy / name)
            open_atlas(saved)
            return open_images(saved)

        form = "json" if ending == ".session.json" else "zip"
        found.append(Seed("session", name, folder, ((name, form), (name, "bytes")), read))
    return found
