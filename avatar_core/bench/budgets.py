"""What each number should come to."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Budget:
    """A bound on one number, both ends allowed.

    Args:
        most: the largest good value, or None.
        least: the smallest good value, or None.
    """

    most: float | None = None
    least: float | None = None

    def holds(self, value: float) -> bool:
        return (self.most is None or value <= self.most) and (
            self.least is None or value >= self.least
        )

    def verdict(self, value: object) -> str:
        """For a table: the bound, and whether it is kept."""
        bound = f"<= {self.most:g}" if self.most is not None else f">= {self.least:g}"
        if not isinstance(value, int | float):
            return f"(budget {bound})"
        return f"{'ok' if self.holds(value) else 'OVER'} (budget {bound})"


_BUDGETS = {
    "startup_window_s": Budget(most=2.0),
    "startup_torch_loaded": Budget(most=0),
    "memory_demo_mb": Budget(most=1500),
    "sort_100k_ms": Budget(most=0.5),
    "sort_ratio": Budget(least=10),
    "ply_150k_open_s": Budget(most=0.3),
    "ply_ratio": Budget(least=1),
    "splat_step_ratio": Budget(least=30),
    "splat_grad_error": Budget(most=1e-4),
    "decode_ratio": Budget(least=1.5),
    "gl_reference_psnr_min_db": Budget(least=45),
    "gl_reference_off_max_percent": Budget(most=0.5),
    "viewport_fps_demo_512": Budget(least=8),
    "viewport_event_p95_ms": Budget(most=30),
    "tracker_fps": Budget(least=40),
    "latency_p50_ms": Budget(most=60),
    "latency_p95_ms": Budget(most=100),
    "latency_growth_ms": Budget(most=2),
    "retarget_fit_landmark_worst_mm": Budget(most=1),
    "retarget_map_landmark_mm": Budget(most=1),
    "retarget_fit_jaw_steps": Budget(least=40),
    "retarget_map_jaw_steps": Budget(least=40),
    "retarget_map_ms": Budget(most=3),
    "recorder_lost": Budget(most=0),
    "recorder_fps_1080p": Budget(least=30),
    "recorder_tail_lost_s": Budget(most=1.0),
    "recorder_live_lost": Budget(most=0),
    "recorder_live_av_worst_ms": Budget(most=40),
    "recorder_long_lost": Budget(most=0),
    "recorder_long_av_worst_ms": Budget(most=40),
    "groom_sample_ms": Budget(most=5),
    "groom_pick_ms": Budget(most=3),
    "groom_lock_ms": Budget(most=30),
    "groom_undo_ms": Budget(most=50),
    "groom_stroke_kb": Budget(most=150),
    "groom_strands_s": Budget(most=20),
    "paint_dab_ms": Budget(most=5),
    "paint_undo_ms": Budget(most=50),
    "bake_100k_s": Budget(most=5),
    "bake_ratio": Budget(least=50),
    "bake_delta_e": Budget(most=2),
    "bake_outside": Budget(most=0),
    "portrait_speedup_ratio": Budget(least=2),
    "portrait_compact_fps": Budget(least=15),
    "warp_fps": Budget(least=60),
    "speech_viseme_accuracy": Budget(least=0.75),
    "speech_closure_rate": Budget(least=0.9),
    "speech_jaw_correlation": Budget(least=0.8),
    "speech_lag_ms": Budget(most=80),
}


def budget_of(key: str) -> Budget | None:
    """The budget of a bench's key, or None where there is none."""
    return _BUDGETS.get(key)
