"""The examples of the library, run in small."""

from __future__ import annotations

import runpy
import shutil

import av
import numpy as np
import pytest

import avatar_core
from avatar_core.resources import resource_path


def _example(name: str) -> dict:
    return runpy.run_path(str(resource_path("examples", f"{name}.py")))


def _frames(path) -> int:
    with av.open(path) as film:
        return sum(1 for _ in film.decode(video=0))


@pytest.mark.gl
def test_a_take_is_rendered(tmp_path):
    out = tmp_path / "turning.mp4"
    assert _example("render_take")["render"](str(out), 64, 64, last_frame=1) == 2
    assert _frames(out) == 2


def test_hair_is_dyed_and_saved(tmp_path):
    out = tmp_path / "dyed.studio"
    count = _example("dye_tips")["dye"](str(out))
    session = avatar_core.Session()
    session.open(out)
    hair = session.edited_hair
    changed = np.abs(hair.constant_shifts).max(axis=1) > 1e-6
    assert 0 < changed.sum() <= count
    heights = session.avatar.hair.means[:, 1]
    assert heights[changed].max() <= np.quantile(heights, 0.3)


@pytest.mark.gl
def test_portraits_perform_and_are_not_rendered_twice(tmp_path):
    for name in ("kofi", "lena"):
        shutil.copy(resource_path("demo", "portraits", f"{name}.portrait"), tmp_path)
    perform = _example("portraits")["perform"]
    report = perform(tmp_path, "demo", tmp_path / "films", 64, last_frame=2)
    assert [(film.frames, film.error) for film in report.films] == [(3, None)] * 2
    assert _frames(tmp_path / "films" / "lena.mp4") == 3
    again = perform(tmp_path, "demo", tmp_path / "films", 64, last_frame=2)
    assert again.frames_drawn == 0
    assert all(film.is_kept for film in again.films)
