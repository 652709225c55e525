from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from app.workers.paint_baker import bake_painting
from avatar_core.mega import bake as baking
from avatar_core.project import BakedPaint, Painting
from avatar_core.project.paint import LayerKind, PaintLayer
from avatar_core.texture.content import content_digest
from tests.app.handlers.conftest import take as take
from tests.app.handlers.paint_stage import SIZE, SilentTask
from tests.app.handlers.paint_stage import known_atlas as known_atlas
from tests.app.handlers.paint_stage import painted_demo as painted_demo

if TYPE_CHECKING:
    import pytest

    from app.workers.face_atlas import FaceAtlas
    from avatar_core.mega.bake_conditions import BakeCondition
    from avatar_core.motion import Take
    from avatar_core.project import AvatarAsset


def test_layers_are_baked_for_the_expressions_of_takes(
    painted_demo: AvatarAsset,
    known_atlas: FaceAtlas,
    take: Take,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    told: list[set[bytes]] = []

    def bake(
        asset: AvatarAsset,
        paint: Any,
        step: Any,
        conditions: tuple[BakeCondition, ...],
        source: str,
    ) -> BakedPaint:
        assert (paint[..., 3] == 1).all()
        told.append({each.driving.tobytes() for each in conditions})
        channels = asset.face.weights[baking.TEXTURE].shape[1]
        nothing = np.zeros((0, channels), np.float32)
        return BakedPaint(np.zeros(0, np.int32), nothing, np.zeros(0, np.float32), source)

    monkeypatch.setattr(baking, "bake", bake)
    monkeypatch.setattr(baking, "baked_asset", lambda asset, _baked: asset)
    painting = Painting(SIZE).with_layer("1", PaintLayer("Fill", LayerKind.FILL))
    for takes in ((), (take,)):
        made = bake_painting(painted_demo, known_atlas, painting, SilentTask(), takes)  # type: ignore[arg-type]
        assert made.baked.source == content_digest(painting)
    assert told[0] != told[1]
    assert len(told[1]) == 6
