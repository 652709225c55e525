from __future__ import annotations

from typing import TYPE_CHECKING

import cv2
import numpy as np
import pytest

from avatar_core.errors import AssetError
from avatar_core.io.backdrop import read_backdrop

if TYPE_CHECKING:
    from pathlib import Path


def test_large_ones_are_made_to_fit_a_graphics_card(tmp_path: Path) -> None:
    cv2.imwrite(str(tmp_path / "wide.png"), np.full((20, 8192, 3), 7, np.uint8))
    picture = read_backdrop(tmp_path / "wide.png")
    assert picture.shape == (10, 4096, 3)
    assert (picture == 7).all()


def test_what_is_no_picture_is_refused(tmp_path: Path) -> None:
    (tmp_path / "letter.png").write_text("Dear reader")
    with pytest.raises(AssetError, match=r"letter\.png"):
        read_backdrop(tmp_path / "letter.png")
