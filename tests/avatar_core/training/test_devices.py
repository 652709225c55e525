from __future__ import annotations

import pytest
import torch

from avatar_core.errors import DeviceError
from avatar_core.training.devices import chosen_device


@pytest.mark.parametrize("has_cuda", [False, True])
def test_auto_is_cuda_where_there_is_any(monkeypatch: pytest.MonkeyPatch, has_cuda: bool) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: has_cuda)
    assert chosen_device("auto").type == ("cuda" if has_cuda else "cpu")
    assert chosen_device("cpu").type == "cpu"


def test_a_device_that_is_not_there_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    with pytest.raises(DeviceError, match="no CUDA device"):
        chosen_device("cuda")
    with pytest.raises(DeviceError, match="no device 'abacus'"):
        chosen_device("abacus")
