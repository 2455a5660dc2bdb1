"""Ensembles: networks that were trained independently for the same task, such as the folds of an nnU-Net."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from viewer.errors import ModelError
from viewer.models.card_requirements import card_requirements
from viewer.models.model import Model
from viewer.models.nnunet_folder import find_results_folder, read_results
from viewer.models.state_dict import hash_file, hash_state_dict
from viewer.models.uncertainty.member import Member
from viewer.preparation.prepared import Prepared
from viewer.scans.scan import Scan

if TYPE_CHECKING:
    import torch


def list_networks(model: Model, others: Sequence[Model] = ()) -> tuple[Model, ...]:
    """Return the networks of an ensemble: the model, or the folds that it is the mean of, and the others.

    Raises
    ------
    ModelError
        There are fewer than two networks, one is listed twice, or one has other outputs than the first.
    """
    networks = tuple(network for member in (model, *others) for network in _split_mean(member))
    if len(networks) < 2:
        raise ModelError(
            model.card.name,
            "is one network, but an ensemble has several",
            "name the others with --model, or use the folder of an nnU-Net with several folds",
        )
    first = networks[0]
    hashes: set[str] = set()
    for network in networks:
        if network.hash in hashes:
            raise ModelError(network.path or network.card.name, "is in the ensemble twice", "leave one out")
        hashes.add(network.hash)
        if _output_signature(network) != _output_signature(first):
            outputs, expected = (
                ", ".join(member.card.classes) or member.card.kind for member in (network, first)
            )
            raise ModelError(
                network.card.name,
                f"outputs {outputs}, but {first.card.name} outputs {expected}",
                "an ensemble is of networks with the same outputs",
            )
    return networks


def iterate_ensemble_members(
    model: Model, others: Sequence[Model], source: Scan | Prepared | torch.Tensor
) -> Iterator[Member]:
    """Yield the networks of an ensemble.

    Raises
    ------
    ModelError
        They are not an ensemble, or one of them requires another preparation of the scan.
    """
    networks = list_networks(model, others)
    if isinstance(source, Prepared):
        for network in networks:
            if card_requirements(network.card) != card_requirements(model.card):
                raise ModelError(
                    network.card.name,
                    f"asks for another preparation than {model.card.name}",
                    "prepare the scan first, and give the prepared one",
                )
    for network in networks:
        path = {} if network.path is None else {"path": str(network.path)}
        yield Member(network, {"name": network.card.name, "hash": network.hash, **path})


def _output_signature(model: Model) -> tuple[object, ...]:
    card = model.card
    return card.kind, card.classes, card.unit, card.values


def _split_mean(model: Model) -> tuple[Model, ...]:
    """Return the networks that a network is the mean of; otherwise the network itself."""
    from viewer.models.mean_of_networks import MeanOfNetworks

    module = model.module()
    if not isinstance(module, MeanOfNetworks):
        return (model,)
    files: tuple[Path | None, ...] = (None,) * len(module.members)
    if model.path is not None and find_results_folder(model.path) is not None:
        files = read_results(model.path).checkpoints
    networks = []
    for member, file in zip(module.members, files, strict=True):
        digest = hash_state_dict(member.state_dict()) if file is None else hash_file(file)
        name = model.card.name if file is None else f"{model.card.name} {file.parent.name}"
        networks.append(Model(member, replace(model.card, name=name, weights=""), digest, file))
    return tuple(networks)
