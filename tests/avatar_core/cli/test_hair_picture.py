from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from avatar_core.cli.hair_picture import hair_picture
from avatar_core.io.avatar_file import load_demo_avatar


@pytest.mark.gl
def test_the_picture_shows_the_hair_and_all_of_it():
    demo = load_demo_avatar()
    sh = np.zeros_like(demo.hair.sh)
    sh[:, 0] = [-2.0, 2.0, -2.0]

    picture = hair_picture(replace(demo, hair=replace(demo.hair, sh=sh)))

    assert picture.shape == (192, 192, 3)
    red, green, blue = np.moveaxis(picture.astype(int), -1, 0)
    is_green = (green > red + 80) & (green > blue + 80)
    assert 0.15 < is_green.mean() < 0.8
    assert not is_green[:, [0, -1]].any()
