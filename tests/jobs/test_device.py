from __future__ import annotations

import pytest
import torch

from viewer.errors import ViewerError
from viewer.jobs.device import describe_device, fastest_device, select_device


def test_the_cpu_by_its_name() -> None:
    assert select_device("cpu") == torch.device("cpu")
    assert select_device(" CPU ") == torch.device("cpu")
    assert select_device(torch.device("cpu")) == torch.device("cpu")


def test_auto_is_the_fastest(monkeypatch: pytest.MonkeyPatch) -> None:
    assert select_device() == select_device("auto") == fastest_device()
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: True)
    assert select_device("auto").type == "mps"
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "current_device", lambda: 1)
    assert select_device("auto") == torch.device("cuda:1")


def test_a_graphics_card_by_its_number(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.backends.cuda, "is_built", lambda: True)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 2)
    assert select_device("cuda") == torch.device("cuda:0")
    assert select_device("cuda:1") == torch.device("cuda:1")
    with pytest.raises(ViewerError, match="device cuda:2: this machine has none; it has cpu, cuda:0, cuda:1"):
        select_device("cuda:2")


@pytest.mark.parametrize("name", ["gpu", "cuda:", "cuda:-1", "cuda:x", "", "cpu:0", "xla"])
def test_what_is_no_device_is_told_with_the_choices(name: str) -> None:
    with pytest.raises(ViewerError, match="no such device; choose auto, cpu, cuda, cuda:N or mps"):
        select_device(name)


def test_devices_that_are_not_there_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.backends.cuda, "is_built", lambda: False)
    with pytest.raises(
        ViewerError, match="device cuda: the installed PyTorch is built without CUDA; use cpu"
    ):
        select_device("cuda")
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: False)
    with pytest.raises(ViewerError, match="device mps: this machine has none; it has cpu"):
        select_device("mps")


def test_a_device_in_words() -> None:
    threads = torch.get_num_threads()
    assert describe_device(torch.device("cpu")) == f"cpu, {threads} thread" + "s" * (threads != 1)


@pytest.mark.cuda
@pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device")
def test_a_real_graphics_card() -> None:
    device = select_device("cuda")
    assert describe_device(device).startswith("cuda:0, ")
    assert torch.ones(2, device=device).sum().item() == 2
