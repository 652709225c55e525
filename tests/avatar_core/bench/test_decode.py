"""The bench of the decoders, on an avatar that takes a moment."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import torch

from avatar_core.bench import decode

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def _threads_as_before() -> Iterator[None]:
    before = torch.get_num_threads()
    yield
    torch.set_num_threads(before)


@pytest.mark.usefixtures("_threads_as_before")
def test_the_keys_are_measured() -> None:
    results = decode.run()
    assert set(results) == {
        "decode_dynamic_ms",
        "decode_view_ms",
        "decode_ratio",
        "decode_pose_ms",
        "decode_hair_ms",
        "decode_threads",
    }
    assert all(value > 0 for value in results.values())
