"""A small results folder as nnU-Net's training leaves it, with random weights."""

from __future__ import annotations

import json
from copy import deepcopy
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import nn

from viewer.models.architectures.registry import find_architecture

ARCHITECTURE: dict[str, Any] = {
    "network_class_name": "dynamic_network_architectures.architectures.unet.PlainConvUNet",
    "arch_kwargs": {
        "n_stages": 3,
        "features_per_stage": [4, 8, 8],
        "conv_op": "torch.nn.modules.conv.Conv3d",
        "kernel_sizes": [[1, 3, 3], [3, 3, 3], [3, 3, 3]],
        "strides": [[1, 1, 1], [1, 2, 2], [2, 2, 2]],
        "n_conv_per_stage": [2, 2, 2],
        "n_conv_per_stage_decoder": [2, 2],
        "conv_bias": True,
        "norm_op": "torch.nn.modules.instancenorm.InstanceNorm3d",
        "norm_op_kwargs": {"eps": 1e-05, "affine": True},
        "dropout_op": None,
        "dropout_op_kwargs": None,
        "nonlin": "torch.nn.LeakyReLU",
        "nonlin_kwargs": {"inplace": True},
    },
    "_kw_requires_import": ["conv_op", "norm_op", "dropout_op", "nonlin"],
}

OLD_NETWORK: dict[str, Any] = {
    "UNet_class_name": "PlainConvUNet",
    "UNet_base_num_features": 4,
    "unet_max_num_features": 8,
    "n_conv_per_stage_encoder": [2, 2, 2],
    "n_conv_per_stage_decoder": [2, 2],
    "num_pool_per_axis": [1, 2, 2],
    "conv_kernel_sizes": [[1, 3, 3], [3, 3, 3], [3, 3, 3]],
    "pool_op_kernel_sizes": [[1, 1, 1], [1, 2, 2], [2, 2, 2]],
}
"""Entries of plans that were written before 2024."""

CONFIGURATION: dict[str, Any] = {
    "data_identifier": "nnUNetPlans_3d_fullres",
    "preprocessor_name": "DefaultPreprocessor",
    "batch_size": 2,
    "patch_size": [8, 16, 16],
    "spacing": [3.0, 2.0, 2.0],
    "normalization_schemes": ["ZScoreNormalization"],
    "use_mask_for_norm": [False],
    "resampling_fn_data": "resample_data_or_seg_to_shape",
    "resampling_fn_data_kwargs": {"is_seg": False, "order": 3, "order_z": 0, "force_separate_z": None},
    "resampling_fn_seg": "resample_data_or_seg_to_shape",
    "resampling_fn_seg_kwargs": {"is_seg": True, "order": 1, "order_z": 0, "force_separate_z": None},
    "resampling_fn_probabilities": "resample_data_or_seg_to_shape",
    "resampling_fn_probabilities_kwargs": {"is_seg": False, "order": 1, "order_z": 0},
    "architecture": ARCHITECTURE,
}

PLANS: dict[str, Any] = {
    "dataset_name": "Dataset042_Lesion",
    "plans_name": "nnUNetPlans",
    "image_reader_writer": "SimpleITKIO",
    "transpose_forward": [0, 1, 2],
    "transpose_backward": [0, 1, 2],
    "configurations": {"3d_fullres": CONFIGURATION, "2d": {"patch_size": [16, 16]}},
    "foreground_intensity_properties_per_channel": {
        str(index): {"mean": 40.0, "std": 20.0, "percentile_00_5": -10.0, "percentile_99_5": 90.0}
        for index in range(4)
    },
}

DATASET: dict[str, Any] = {
    "channel_names": {"0": "T1"},
    "labels": {"background": 0, "lesion": 1},
    "numTraining": 3,
    "file_ending": ".nii.gz",
}


def changed_plans(**entries: Any) -> dict[str, Any]:
    """Return the plans with other entries in their configuration; None removes one."""
    plans = deepcopy(PLANS)
    plans["configurations"]["3d_fullres"] |= deepcopy(entries)
    for name in [name for name, value in entries.items() if value is None]:
        del plans["configurations"]["3d_fullres"][name]
    return plans


def small_network(seed: int = 0, channels: int = 1, classes: int = 2) -> nn.Module:
    """Return the network of the plans with random weights."""
    arguments = {
        "widths": [4, 8, 8],
        "kernels": [1, 3, 3, 3, 3, 3, 3, 3, 3],
        "strides": [1, 1, 1, 1, 2, 2, 2, 2, 2],
        "encoder_blocks": [2, 2, 2],
        "decoder_blocks": [2, 2],
        "channels": channels,
        "classes": classes,
    }
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        network = find_architecture("nnunet-3d", "test").build(arguments, "test")
        for layer in network.modules():
            if isinstance(layer, nn.InstanceNorm3d):
                nn.init.uniform_(layer.weight, 0.5, 1.5)
                nn.init.normal_(layer.bias, 0, 0.3)
    return network


def nnunet_state(network: nn.Module) -> dict[str, torch.Tensor]:
    """Return a network's tensors as nnU-Net saves them: some under several names, and coarser outputs."""
    state: dict[str, torch.Tensor] = {}
    for name, tensor in network.state_dict().items():
        twice = name.replace(".conv.", ".all_modules.0.").replace(".norm.", ".all_modules.1.")
        for one in (name, twice):
            state[one] = tensor
            if one.startswith("encoder."):
                state[f"decoder.{one}"] = tensor
    last = state["decoder.seg_layers.1.weight"]
    state["decoder.seg_layers.0.weight"] = torch.zeros(len(last), 8, 1, 1, 1)
    state["decoder.seg_layers.0.bias"] = torch.zeros(len(last))
    return state


def nnunet_checkpoint(state: dict[str, torch.Tensor], **entries: Any) -> dict[str, Any]:
    """Return the contents of a checkpoint."""
    return {
        "network_weights": state,
        "optimizer_state": {
            "state": {0: {"momentum_buffer": torch.zeros(3)}},
            "param_groups": [{"lr": 0.01}],
        },
        "grad_scaler_state": None,
        "logging": {"ema_fg_dice": [np.float64(0.5)], "epoch_end_timestamps": [1.5]},
        "_best_ema": np.float64(0.9),
        "current_epoch": 1000,
        "init_args": {"configuration": "3d_fullres", "fold": 0, "device": torch.device("cpu")},
        "trainer_name": "nnUNetTrainer",
        "inference_allowed_mirroring_axes": (0, 1, 2),
        **entries,
    }


def write_results(
    folder: Path,
    plans: dict[str, Any] = PLANS,
    dataset: dict[str, Any] = DATASET,
    folds: tuple[str, ...] = ("0",),
    checkpoint: str = "checkpoint_final.pth",
    **entries: Any,
) -> Path:
    """Write a results folder, and return it; ``entries`` replace those of the checkpoints."""
    path = folder / "Dataset042_Lesion" / "nnUNetTrainer__nnUNetPlans__3d_fullres"
    path.mkdir(parents=True)
    (path / "plans.json").write_text(json.dumps(plans))
    (path / "dataset.json").write_text(json.dumps(dataset))
    classes = sum(name != "ignore" for name in dataset["labels"])
    if any(isinstance(value, list) for value in dataset["labels"].values()):
        classes -= 1
    for seed, fold in enumerate(folds):
        (path / f"fold_{fold}").mkdir()
        network = small_network(seed, len(dataset.get("channel_names", "1")), classes)
        torch.save(nnunet_checkpoint(nnunet_state(network), **entries), path / f"fold_{fold}" / checkpoint)
    return path
