from __future__ import annotations

from typing import TYPE_CHECKING

import cv2
import numpy as np
import pytest

from avatar_core.errors import AssetError
from avatar_core.training.capture_head import read_capture_head
from avatar_core.training.capture_overlay import Overlays, framed_picture
from avatar_core.training.captures import Capture, open_capture

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def capture(capture_folder: Path) -> Capture:
    return open_capture(capture_folder)


def picture(capture: Capture, overlays: Overlays, *, with_head: bool = True) -> np.ndarray:
    head = read_capture_head(capture) if with_head else None
    return framed_picture(capture.series["hair"][1], capture.labels, overlays, head).astype(int)


def test_without_overlays_it_is_the_picture(capture: Capture) -> None:
    stored = cv2.imread(str(capture.series["hair"][1].image_path))[:, :, ::-1]
    assert np.array_equal(picture(capture, Overlays()), stored)


def test_outside_of_the_matte_turns_red_and_inside_stays(capture: Capture) -> None:
    plain, masked = picture(capture, Overlays()), picture(capture, Overlays(matte=True))
    assert masked[0, 0, 0] - masked[0, 0, 1] > 80
    assert np.array_equal(masked[16, 16], plain[16, 16])


def test_labels_have_a_colour_each(capture: Capture) -> None:
    shown = picture(capture, Overlays(labels=True))
    hair, skin, background = shown[4, 16], shown[20, 16], shown[0, 0]
    assert hair[0] > hair[2] + 30  # amber
    assert skin[2] > 180  # blue over skin
    assert tuple(background) == (255, 255, 255)


def test_the_head_is_outlined_where_it_is(capture: Capture) -> None:
    plain, outlined = picture(capture, Overlays()), picture(capture, Overlays(head=True))
    changed = np.abs(outlined - plain).sum(-1) > 60
    rows, columns = np.nonzero(changed)
    distance = np.hypot(rows - 15.5, columns - 15.5)
    assert changed.sum() > 40
    assert 12 < distance.min() <= distance.max() < 20
    assert np.array_equal(plain, picture(capture, Overlays(head=True), with_head=False))


def test_what_cannot_be_read_is_said(capture: Capture) -> None:
    capture.series["hair"][1].mask_path.write_bytes(b"")  # type: ignore[union-attr]
    picture(capture, Overlays())
    with pytest.raises(AssetError, match="cannot be read"):
        picture(capture, Overlays(matte=True))
