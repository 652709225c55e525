"""Pictures that are compared are drawn with more than one sample per pixel."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from avatar_core.project.mega_options import MegaOptions
from avatar_core.training.captures import open_capture
from avatar_core.training.evaluation import evaluate_frames, evaluate_series
from avatar_core.training.model_start import new_model
from avatar_core.training.settings import preset
from avatar_core.training.texture_start import start_calmly

if TYPE_CHECKING:
    from pathlib import Path

    from avatar_core.heads import BlendshapeHead
    from avatar_core.mega.model import MegaModel
    from avatar_core.training.captures import Capture


def drawn(capture: Capture, head: BlendshapeHead) -> MegaModel:
    settings = replace(preset("compact"), tex_size=16, gaussians=4)
    model = new_model(capture, head, settings)
    start_calmly(model.networks, None, seed=1)
    model.networks.eval()
    assert model.options == MegaOptions()
    return model


def test_more_samples_soften_outlines_and_keep_the_inside(
    capture_folder: Path, ball_head: BlendshapeHead
) -> None:
    capture = open_capture(capture_folder)
    model, frames = drawn(capture, ball_head), capture.frames("face")[:1]
    jagged, smooth = (
        next(evaluate_frames(model, capture, frames, samples=samples)) for samples in (1, 2)
    )
    assert jagged.rendered.shape == smooth.rendered.shape == jagged.truth.shape
    on_mesh, shares = jagged.rendered.min(-1) < 0.9, smooth.rendered.min(-1)
    inside = on_mesh & (np.abs(shares - np.median(jagged.rendered[on_mesh].min(-1))) < 0.02)
    between = (shares < 0.97) & ~inside
    assert inside.sum() > 0.5 * on_mesh.sum()
    assert between.any()
    assert not ((jagged.rendered.min(-1) < 0.97) & ~on_mesh).any()


def test_scores_say_how_they_were_drawn(capture_folder: Path, ball_head: BlendshapeHead) -> None:
    capture = open_capture(capture_folder)
    model = drawn(capture, ball_head)
    scores = evaluate_series(model, capture, ("face",), samples=1)
    assert scores["samples"] == 1
    assert scores["series"]["face"]["frames"] == len(capture.frames("face"))
