from __future__ import annotations

import numpy as np
import pytest

from avatar_core.io.asset_references import PORTRAITS
from avatar_core.io.portrait_file import load_portrait, load_portrait_label


@pytest.mark.parametrize("reference", PORTRAITS.bundled())
def test_bundled_portraits_are_whole_small_and_say_what_they_are(reference: str) -> None:
    path = PORTRAITS.path(reference)
    portrait = load_portrait(path)
    assert "does not exist" in portrait.description
    assert portrait.provenance["licence"] == "CC0-1.0"
    assert portrait.landmarks is not None
    assert portrait.matte is not None
    x, y, side = portrait.box
    points = portrait.landmarks[:, :2]
    assert (points > [x, y]).all()
    assert (points < [x + side, y + side]).all()
    assert np.median(portrait.matte[points[:, 1].astype(int), points[:, 0].astype(int)]) > 250
    assert load_portrait_label(path).name == portrait.name
    assert path.stat().st_size < 1_500_000


def test_some_portraits_come_with_the_studio() -> None:
    assert len(PORTRAITS.bundled()) >= 3
