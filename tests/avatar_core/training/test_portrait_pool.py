from __future__ import annotations

from typing import TYPE_CHECKING

import torch

from avatar_core.training.portrait_batch import PortraitBatch, Sampling, draw_batch
from avatar_core.training.portrait_data import People
from avatar_core.training.portrait_pool import PicturePool
from tests.avatar_core.training.toy_people import write_people

if TYPE_CHECKING:
    from pathlib import Path

_CPU = torch.device("cpu")


def test_batches_are_those_that_are_drawn_person_by_person(tmp_path: Path) -> None:
    people = People(write_people(tmp_path / "people"), "train", 32)
    pool = PicturePool(people, _CPU)
    for step in range(4):
        sampling = Sampling(people=3, drivers=2, colours=0.3)
        made, wanted = pool.draw(sampling, (7, step)), draw_batch(people, sampling, (7, step))
        for name in PortraitBatch.__slots__:
            found, known = getattr(made, name), getattr(wanted, name)
            assert found.dtype == known.dtype
            torch.testing.assert_close(found, known, rtol=1e-3, atol=1e-3, equal_nan=True)


def test_a_processor_keeps_no_pool(tmp_path: Path) -> None:
    people = People(write_people(tmp_path / "people"), "train", 32)
    assert not PicturePool.fits(people, _CPU)
