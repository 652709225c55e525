"""Scores of pictures: known values, masks, edges."""

from __future__ import annotations

import sys

import numpy as np
import pytest

from avatar_core.training.metrics import gradient_deviation, mean_scores, score_picture


def pictures() -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(2)
    image = rng.random((40, 32, 3)).astype(np.float32)
    mask = np.zeros((40, 32), np.float32)
    mask[10:30, 8:24] = 1
    return image, mask


def test_equal_pictures_score_best() -> None:
    image, mask = pictures()
    scores = score_picture(image, image, mask)
    assert (scores.psnr_masked_db, scores.psnr_db) == (100, 100)
    assert scores.ssim == pytest.approx(1, abs=1e-5)
    assert scores.gmsd == pytest.approx(0, abs=1e-6)
    assert (scores.flip, scores.flip_masked) == (0, 0)
    assert "depth_mm" not in scores.as_dict()


def test_masked_psnr_is_about_the_person_alone() -> None:
    image, mask = pictures()
    rendered = image + np.float32(0.1) * mask[..., None]
    scores = score_picture(rendered, image, mask)
    assert scores.psnr_masked_db == pytest.approx(20, abs=1e-3)
    assert scores.psnr_db == pytest.approx(20 - 10 * np.log10(mask.mean()), abs=1e-3)
    beside = score_picture(image + np.float32(0.1) * (1 - mask)[..., None], image, mask)
    assert beside.psnr_masked_db == 100


def test_flip_counts_the_frame_and_the_person() -> None:
    image, mask = pictures()
    rendered = image * (1 - 0.5 * mask[..., None])
    scores = score_picture(rendered, image, mask)
    assert 0 < scores.flip < scores.flip_masked < 1
    empty = score_picture(rendered, image, np.zeros_like(mask))
    assert empty.flip == scores.flip
    assert "flip_masked" not in empty.as_dict()


def test_without_the_flip_package_the_other_scores_stay(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "flip_evaluator", None)
    image, mask = pictures()
    scores = score_picture(image, image, mask).as_dict()
    assert "gmsd" in scores
    assert "flip" not in scores


def test_depth_counts_where_both_are_known() -> None:
    image, mask = pictures()
    depth, truth = np.full((40, 32), 500.0, np.float32), np.full((40, 32), 503.0, np.float32)
    depth[:5] = 0
    truth[-5:] = 0
    assert score_picture(image, image, mask, depth, truth).depth_mm == pytest.approx(3)


def test_deviation_grows_with_blur() -> None:
    image, _ = pictures()
    soft = (image + np.roll(image, 1, 0)) / 2
    softer = (soft + np.roll(soft, 1, 1) + np.roll(soft, 2, 1)) / 3
    assert 0 < gradient_deviation(soft, image) < gradient_deviation(softer, image)


def test_means_leave_unknown_values_out() -> None:
    image, mask = pictures()
    with_depth = score_picture(image, image, mask, np.full((40, 32), 1.0, np.float32),
                               np.full((40, 32), 2.0, np.float32))  # fmt: skip
    mean = mean_scores([with_depth, score_picture(image, image, mask)])
    assert mean.depth_mm == 1
