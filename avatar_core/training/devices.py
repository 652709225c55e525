"""What training computes on."""

from __future__ import annotations

import torch

from avatar_core.errors import DeviceError


def chosen_device(name: str) -> torch.device:
    """The device that settings name: "cpu", "cuda", or "auto" for CUDA where there is any.

    Raises:
        DeviceError: there is no such device.
    """
    if name == "auto":
        return torch.device("cuda" if torch.cuda.is_available() else "cpu")
    if name == "cpu":
        return torch.device("cpu")
    if name != "cuda":
        raise DeviceError(f"There is no device '{name}' to train on.", "Known: auto, cpu, cuda.")
    if not torch.cuda.is_available():
        raise DeviceError("There is no CUDA device to train on.", "Choose cpu, or auto.")
    return torch.device("cuda")
