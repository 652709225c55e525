from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from avatar_core.training.capture_summary import SeriesSummary, cameras_of, sight_centre, summarise
from avatar_core.training.captures import open_capture

if TYPE_CHECKING:
    from pathlib import Path


def test_series_are_counted_in_the_order_of_the_stages(capture_folder: Path) -> None:
    (capture_folder / "full" / "depth" / "00000_00.png").unlink()
    rename = capture_folder / "transforms_a.json"
    rename.write_text((capture_folder / "transforms_hair.json").read_text())
    summaries = summarise(open_capture(capture_folder))
    assert [each.name for each in summaries] == ["hair", "face", "full", "a"]
    assert summaries[2] == SeriesSummary(
        "full", "expressions with hair: learns both together", 6, 3, 2, 6, 6, 5, (32, 32)
    )
    assert summaries[3].role == "not used for training"


def test_cameras_look_at_the_ball_together(capture_folder: Path) -> None:
    cameras = cameras_of(open_capture(capture_folder))
    assert list(cameras) == [0, 1, 2]
    assert np.abs(sight_centre(list(cameras.values()))).max() < 1e-5
    alone = sight_centre([cameras[0]])
    assert np.isfinite(alone).all()
