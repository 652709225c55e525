"""The bench of the viewport, at sizes that take a moment."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
import torch

from avatar_core.bench import viewport
from avatar_core.bench.viewport import hair_of_count
from avatar_core.io.avatar_file import load_demo_avatar

if TYPE_CHECKING:
    from collections.abc import Iterator

STAGES = ("upload", "sort", "draw")


@pytest.fixture
def _threads_as_before() -> Iterator[None]:
    before = torch.get_num_threads()
    yield
    torch.set_num_threads(before)


@pytest.mark.gl
@pytest.mark.usefixtures("_threads_as_before")
def test_the_keys_are_measured(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(viewport, "DEMO_PX", 48)
    monkeypatch.setattr(viewport, "_WARM_UP_S", 0.0)
    results = viewport.run(counts=(2000,), sizes=((64, 48),), case_s=0.01, with_window=False)
    numbers = {key for key, value in results.items() if isinstance(value, float)}
    cases = {f"viewport_fps_{case}" for case in ("2k_64x48", "demo_48", "demo_48_whole")}
    split = {f"viewport_{stage}_ms_{case}" for stage in STAGES for case in ("2k_64x48", "demo_48")}
    inferred = {f"viewport_{stage}_ms_demo_48" for stage in ("pose", "hair", "decode")}
    drawn = {"viewport_pixel_share_demo_48", "viewport_fine_hair_demo_48"}
    assert numbers == cases | split | inferred | drawn
    assert all(results[key] > 0 for key in cases | split | drawn)
    assert results.keys() - numbers == {"viewport_gl_renderer", "viewport_inference_device"}


def test_hair_is_thinned_out_evenly() -> None:
    hair = load_demo_avatar().hair
    fewer = hair_of_count(hair, 3000)
    assert len(fewer) == 3000
    assert len(np.unique(fewer.means, axis=0)) == 3000
    np.testing.assert_allclose(fewer.means.mean(0), hair.means.mean(0), atol=0.01)
    np.testing.assert_allclose(fewer.means.std(0), hair.means.std(0), atol=0.01)


def test_hair_grows_denser_where_it_is() -> None:
    hair = load_demo_avatar().hair.subset(np.arange(500))
    denser = hair_of_count(hair, 1800)
    assert len(denser) == 1800
    assert len(np.unique(denser.means, axis=0)) == 1800
    away = np.linalg.norm(denser.means[:, None] - hair.means, axis=-1).min(axis=1)
    assert away.max() < 0.01
    assert np.count_nonzero(away == 0.0) == 500
