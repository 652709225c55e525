from __future__ import annotations

import numpy as np
import pytest

from avatar_core.errors import ShapeError
from avatar_core.texture.tip import TIPS, Tip, bristle_tip, speckle_tip


def test_tips_are_pictures_that_leave_something_and_nothing_at_their_corners() -> None:
    for name, (label, image) in TIPS.items():
        assert label
        if image is None:
            assert name == "round"
            continue
        assert image.dtype == np.float32
        assert 0 <= image.min() < image.max() <= 1
        assert 0.02 < image.mean() < 0.5
        assert image[0, 0] == image[-1, -1] == 0


@pytest.mark.parametrize("make", [bristle_tip, speckle_tip])
def test_a_tip_is_the_same_for_the_same_seed(make) -> None:
    assert np.array_equal(make(3), make(3))
    assert not np.array_equal(make(3), make(4))


def test_impossible_tips_are_refused() -> None:
    for hardness in (-0.1, 1.1, np.nan):
        with pytest.raises(ValueError, match="hardness"):
            Tip(hardness)
    with pytest.raises(ShapeError, match="image"):
        Tip(0.5, np.zeros((4, 4, 3), np.float32))
