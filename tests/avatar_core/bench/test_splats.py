"""The bench of the splat rasterisers, at a size that takes a moment."""

from __future__ import annotations

from avatar_core.bench import splats


def test_keys_and_the_exactness_of_gradients() -> None:
    results = splats.run(count=300, size_px=32)
    assert set(results) == {"splat_step_ms", "splat_step_ratio", "splat_grad_error"}
    assert 0 < results["splat_grad_error"] <= 1e-4
    assert results["splat_step_ms"] > 0
