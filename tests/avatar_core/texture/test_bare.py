from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from avatar_core.io.avatar_file import load_demo_avatar
from avatar_core.project import AvatarAsset, FaceAsset, FaceKind
from avatar_core.project.paint import LayerKind, Painting, PaintLayer
from avatar_core.texture.bare import bare_face, composed, texture_side


@pytest.fixture(scope="module")
def asset() -> AvatarAsset:
    return load_demo_avatar()


def test_the_bare_face_is_its_look_at_any_size(asset: AvatarAsset) -> None:
    look = asset.face.texture
    side = len(look)
    assert bare_face(look, side) is look
    for size in (side // 2, 2 * side):
        face = bare_face(look, size)
        assert face.shape == (size, size, 3)
        assert face.dtype == np.uint8
        assert face.mean() == pytest.approx(look.mean(), abs=1)


def test_a_plain_face_has_no_texture_to_bake_into(asset: AvatarAsset) -> None:
    assert texture_side(asset) == asset.face.weights["neural_texture.texture"].shape[-1]
    plain = replace(asset, face=FaceAsset(FaceKind.PLAIN, asset.face.texture))
    assert texture_side(plain) == 0


def test_layers_lie_over_the_bare_face(asset: AvatarAsset) -> None:
    painting = Painting(512, {"1": PaintLayer("Blue", LayerKind.FILL, colour=(0, 0, 1))})
    maps = composed(asset, bare_face(asset.face.texture, 512), painting).maps
    assert (maps.colour == [0, 0, 255, 255]).all()
    assert (
        composed(asset, bare_face(asset.face.texture, 512), Painting(512)).maps.colour == 0
    ).all()
