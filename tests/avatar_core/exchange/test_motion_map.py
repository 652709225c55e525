"""Models learn what the 52 weights mean to them."""

from __future__ import annotations

from itertools import islice
from types import SimpleNamespace
from typing import TYPE_CHECKING, cast

import numpy as np
import pytest
import torch

from avatar_core.emoportraits.encoders import HeadPoseNet
from avatar_core.emoportraits.generator import PortraitGenerator
from avatar_core.emoportraits.learned import learned_of
from avatar_core.emoportraits.model import model_arrays, model_config
from avatar_core.errors import FaceNotFoundError
from avatar_core.exchange import demo_faces
from avatar_core.exchange.demo_faces import rendered_faces
from avatar_core.exchange.motion_map import filmed_faces, learned_from, taught
from avatar_core.io.portrait_model_file import PortraitModelFile, PortraitModelInfo
from avatar_core.motion import UNIT_INDEX
from tests.avatar_core.emoportraits.conftest import small_config as small_config

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from avatar_core.emoportraits.config import PortraitConfig
    from avatar_core.emoportraits.runtime import PortraitRuntime
    from avatar_core.geometry import Float32, UInt8


def _pictures(count: int) -> Iterator[tuple[UInt8, Float32]]:
    """Pictures whose top row says the weights."""
    rng = np.random.default_rng(6)
    for _ in range(count):
        weights = rng.integers(0, 255, 52).astype(np.uint8)
        image = np.zeros((52, 52, 3), np.uint8)
        image[..., 0] = weights
        yield image, (weights / 255).astype(np.float32)


class _Model:
    """Sees a latent that is linear in the weights."""

    def __init__(self) -> None:
        self.model = SimpleNamespace(config=SimpleNamespace(image_size=52))
        self.matrix = np.random.default_rng(7).standard_normal((52, 9)).astype(np.float32)

    def read(self, image: UInt8) -> tuple[torch.Tensor, torch.Tensor]:
        latent = image[0, :, 0].astype(np.float32) / 255 @ self.matrix + 0.25
        return torch.eye(4)[None], torch.from_numpy(latent)[None]

    @staticmethod
    def array(tensor: torch.Tensor) -> Float32:
        return tensor[0].numpy()


def test_the_map_is_found_that_the_model_sees_by() -> None:
    model = _Model()
    learned = learned_from(cast("PortraitRuntime", model), _pictures(300))
    np.testing.assert_allclose(learned.latent_map.slopes, model.matrix, atol=0.02)
    np.testing.assert_allclose(learned.latent_map.neutral, 0.25, atol=0.05)
    assert learned.latent_map.explained[0] > 0.99
    assert learned.latent_basis is not None


def test_a_film_with_too_few_faces_is_refused() -> None:
    with pytest.raises(FaceNotFoundError, match="too few pictures"):
        learned_from(cast("PortraitRuntime", _Model()), _pictures(20))


@pytest.fixture
def file(small_config: PortraitConfig) -> PortraitModelFile:
    torch.manual_seed(1)
    arrays = model_arrays(PortraitGenerator(small_config).eval(), HeadPoseNet().eval(), half=False)
    info = PortraitModelInfo("Released", "", model_config(small_config))
    return PortraitModelFile(info, arrays)


def test_a_taught_file_keeps_its_networks_and_says_by_what(
    file: PortraitModelFile, small_config: PortraitConfig
) -> None:
    made = taught(file, _pictures(64), "renders of the demo avatar")
    assert made.info.provenance["motion_map"]["taught_by"] == "renders of the demo avatar"
    assert all(made.arrays[name] is array for name, array in file.arrays.items())
    learned = learned_of(made.piece("extra"), small_config.expression_size)
    assert learned is not None


def test_a_film_without_anybody_is_refused(file: PortraitModelFile, tmp_path: Path) -> None:
    import cv2

    path = tmp_path / "nobody.png"
    cv2.imwrite(str(path), np.full((120, 160, 3), 90, np.uint8))
    with pytest.raises(FaceNotFoundError, match="too few"):
        taught(file, filmed_faces(path, lambda _share: None), "nobody")


@pytest.mark.gl
def test_the_demo_avatar_is_rendered_in_every_unit() -> None:
    told: list[float] = []
    pictures = list(islice(rendered_faces(told.append), 2))
    assert told == sorted(told)
    for image, weights in pictures:
        assert image.shape == (384, 384, 3)
        assert image.std() > 20
        assert weights.shape == (52,)
    motions = demo_faces._motions()
    assert motions[-2].weights[UNIT_INDEX["tongueOut"]] == 0.5
    assert motions[-1].weights[UNIT_INDEX["tongueOut"]] == 1.0
