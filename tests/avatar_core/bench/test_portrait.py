"""The bench of portraits, on networks small enough to run here."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from avatar_core.bench import portrait, portrait_warp
from avatar_core.emoportraits.onnx_decoder import has_onnx
from tests.avatar_core.emoportraits.conftest import small_config as small_config

if TYPE_CHECKING:
    from avatar_core.emoportraits.config import PortraitConfig


def test_ratios_follow_from_the_times(
    small_config: PortraitConfig, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(portrait, "COMPACT", small_config)
    monkeypatch.setattr(portrait, "_COMPACT_FRAMES", 1)
    monkeypatch.setattr(portrait_warp, "run", lambda frames: {"warp_fps": float(frames)})
    results = portrait.run(small_config, frames=1, threads=1, warp_frames=7)
    times = {name: results[f"portrait_{name}_ms"] for name in ("eager", "folded", "frame")}
    assert all(isinstance(time, float) and time > 0 for time in times.values())
    for key, part in (("portrait_fold_ratio", "folded"), ("portrait_speedup_ratio", "frame")):
        wanted = times["eager"] / times[part]  # type: ignore[operator]
        assert results[key] == pytest.approx(wanted, rel=0.05)
    for stage in ("pose", "expression", "warp", "sample", "decode"):
        assert results[f"portrait_{stage}_ms"] > 0  # type: ignore[operator]
    assert results["portrait_compact_px"] == small_config.image_size
    assert results["warp_fps"] == 7


def test_onnx_runtime_is_measured_where_it_is_installed(
    small_config: PortraitConfig, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(portrait, "COMPACT", small_config)
    monkeypatch.setattr(portrait, "_COMPACT_FRAMES", 1)
    monkeypatch.setattr(portrait, "has_onnx", lambda: False)
    assert portrait._onnx() == {}
    monkeypatch.undo()
    if not has_onnx():
        pytest.skip("the extra `onnx` is not installed")
    monkeypatch.setattr(portrait, "COMPACT", small_config)
    monkeypatch.setattr(portrait, "_COMPACT_FRAMES", 1)
    measured = portrait._onnx()
    assert set(measured) == {"portrait_onnx_ms", "portrait_onnx_ratio"}
    assert all(isinstance(value, float) and value > 0 for value in measured.values())
