"""Work recorded as one graph, on a card that refuses; a real card is asked in `test_runtime`."""

from __future__ import annotations

from contextlib import nullcontext
from typing import TYPE_CHECKING, Any
from unittest.mock import MagicMock

import pytest
import torch

from avatar_core.emoportraits.recorded import REFUSED, RecordedWork

if TYPE_CHECKING:
    from torch import Tensor


@pytest.fixture
def card(monkeypatch: pytest.MonkeyPatch) -> MagicMock:
    """Streams that do nothing, and a recording that fails with what the test wants."""
    recording = MagicMock(side_effect=RuntimeError("operation not permitted when capturing"))
    for name, stand_in in (
        ("Stream", MagicMock()),
        ("current_stream", MagicMock()),
        ("stream", lambda _stream: nullcontext()),
        ("CUDAGraph", MagicMock()),
        ("graph", recording),
    ):
        monkeypatch.setattr(torch.cuda, name, stand_in)
    return recording


def _doubled(tensor: Tensor) -> tuple[Tensor]:
    return (2 * tensor,)


@pytest.mark.usefixtures("card")
def test_work_that_cannot_be_recorded_goes_on_and_says_so_once() -> None:
    said: list[str] = []
    work = RecordedWork(_doubled, said.append)
    for size in (2, 2, 3):
        answer = work(torch.ones(size))
        assert answer[0].tolist() == [2.0] * size
    assert said == [REFUSED]


def test_a_full_card_is_no_refusal(card: Any) -> None:
    """Whoever asked makes do with less memory and comes again."""
    said: list[str] = []
    card.side_effect = torch.OutOfMemoryError("out of memory")
    work = RecordedWork(_doubled, said.append)
    for _ in range(2):
        with pytest.raises(torch.OutOfMemoryError):
            work(torch.ones(2))
    assert said == []
