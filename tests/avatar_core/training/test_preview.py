"""Previews show a held-out frame and leave the run as it is."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import cv2
import numpy as np
import pytest
import torch

from avatar_core.training.capture_head import read_capture_head
from avatar_core.training.captures import Capture, open_capture
from avatar_core.training.mega_trainer import MegaTrainer
from avatar_core.training.preview import MOST_SHARE, Previews, preview_frame
from avatar_core.training.run_record import PREVIEW, read_previews
from avatar_core.training.settings import Stage, StagePlan, preset

if TYPE_CHECKING:
    from pathlib import Path

    from avatar_core.geometry import Camera
    from avatar_core.training.told_run import StepStatus

PLANS = {stage: StagePlan(3) for stage in Stage}


class Clock:
    def __init__(self) -> None:
        self.now_s = 0.0

    def __call__(self) -> float:
        return self.now_s


@pytest.fixture
def capture(capture_folder: Path) -> Capture:
    """The ball with a copy of the series full held out."""
    index = capture_folder / "transforms_full.json"
    (capture_folder / "transforms_test.json").write_text(index.read_text())
    return open_capture(capture_folder)


def trainer_of(capture: Capture, folder: Path, *, frozen: bool = True) -> MegaTrainer:
    settings = replace(
        preset("compact"), tex_size=16, gaussians=60, plans=PLANS, frozen_statistics=frozen
    )
    return MegaTrainer(capture, read_capture_head(capture), settings, folder)


def looks_along(camera: Camera) -> float:
    return float(camera.forward[2])


def test_the_frame_is_held_out_and_sees_the_face(capture: Capture) -> None:
    frame = preview_frame(capture)
    assert frame.series == "test"
    assert looks_along(frame.camera) == min(looks_along(f.camera) for f in capture.frames("test"))
    without = replace(capture, series={"full": capture.series["full"]})
    assert preview_frame(without).series == "full"


def test_a_preview_is_a_picture_with_its_psnr(capture: Capture, tmp_path: Path) -> None:
    clock = Clock()
    trainer = trainer_of(capture, tmp_path)
    previews = Previews(capture, tmp_path, every_s=10.0, clock=clock)
    assert previews.make_when_due(trainer.model, "hair", 1) is None
    clock.now_s = 10.0
    note = previews.make_when_due(trainer.model, "hair", 2)
    assert note is not None
    assert (note.stage, note.step, note.held_out) == ("hair", 2, True)
    assert np.isfinite(note.psnr_masked_db)
    assert cv2.imread(str(tmp_path / PREVIEW)).shape == (32, 96, 3)
    assert read_previews(tmp_path) == [note]
    assert previews.make_when_due(trainer.model, "joint", 3) is None
    assert previews.make_when_due(trainer.model, "joint", 3, is_last=True) is not None


def test_slow_previews_are_made_less_often(
    capture: Capture, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = Clock()
    trainer = trainer_of(capture, tmp_path)
    previews = Previews(capture, tmp_path, every_s=10.0, clock=clock)
    make = previews._make

    def slowly(*arguments: object) -> object:
        clock.now_s += 4.0
        return make(*arguments)

    monkeypatch.setattr(previews, "_make", slowly)
    clock.now_s = 10.0
    assert previews.make_when_due(trainer.model, "hair", 1) is not None
    made = 0
    for _ in range(900):
        clock.now_s += 1.0
        made += previews.make_when_due(trainer.model, "hair", 2) is not None
    assert made == 4  # every 4 / 0.02 = 200 seconds
    assert made * 4.0 / 900 <= MOST_SHARE


@pytest.mark.parametrize("frozen", [True, False])
def test_a_run_with_previews_learns_what_one_without_learns(
    capture: Capture, tmp_path: Path, frozen: bool
) -> None:
    losses: dict[str, list[dict[str, float]]] = {"with": [], "without": []}
    weights = []
    for name, told in losses.items():
        trainer = trainer_of(capture, tmp_path / name, frozen=frozen)
        clock = Clock()
        previews = Previews(capture, tmp_path / name, every_s=1.0, clock=clock)

        def report(status: StepStatus) -> None:
            told.append(status.losses)  # noqa: B023 - called within this round
            clock.now_s += 1.0  # noqa: B023
            if name == "with":  # noqa: B023
                previews.make_when_due(trainer.model, status.stage, status.step)  # noqa: B023

        trainer.run(report)
        weights.append(trainer.model.networks.state_dict())
    assert losses["with"] == losses["without"]
    assert all(torch.equal(value, weights[1][key]) for key, value in weights[0].items())
    assert len(read_previews(tmp_path / "with")) == 9
