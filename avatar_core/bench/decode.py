"""How fast the demo avatar is evaluated: its textures, its mesh and its hair."""

from __future__ import annotations

from typing import TYPE_CHECKING

from avatar_core.bench.timing import best_ms
from avatar_core.io.avatar_file import load_demo_avatar
from avatar_core.motion import MotionFrame

if TYPE_CHECKING:
    from avatar_core.project.asset import AvatarAsset

_REPEATS = 15


def run(asset: AvatarAsset | None = None, threads: int = 1) -> dict[str, float]:
    """Decode and pose on the CPU.

    Args:
        asset: with a neural face; the demo avatar when left out.
        threads: that torch may use; on two cores the studio leaves it one.

    Returns:
        `decode_dynamic_ms` and `decode_view_ms`: texels of the folded decoders, as they are
        uploaded; `decode_ratio`: the decoder's own modules and a plain conversion ÷ ours, of the
        dynamic texture; `decode_pose_ms`: head and displacement; `decode_hair_ms`: deformation of
        the hair; `decode_threads`. All are the best of 15, taken in turns.
    """
    import torch

    from avatar_core.mega.assets import model_of
    from avatar_core.mega.decoders import tiled_view
    from avatar_core.mega.folded import folded, grouped
    from avatar_core.mega.neural import NeuralAvatar
    from avatar_core.training.threads import use_threads

    use_threads(threads)
    asset = asset or load_demo_avatar()
    avatar = NeuralAvatar(asset, device="cpu")
    networks = model_of(asset).networks
    dynamic, view = folded(networks.dynamic_texture), folded(networks.view_texture)
    driving = torch.full((1, networks.config.driving_width), 0.3)
    seen = tiled_view(torch.tensor([[0.0, 0.0, 1.0]]))
    stages: list[dict[str, float]] = []
    with torch.inference_mode():
        dynamic_ms, view_ms, naive_ms, _ = best_ms(
            _REPEATS,
            lambda: dynamic.texels(driving),
            lambda: view.texels(seen),
            lambda: grouped(networks.dynamic_texture(driving)),
            # A motion of its own each time: the same one would come back as it is.
            lambda: stages.append(avatar.evaluate(MotionFrame.from_units(jawOpen=0.5)).stage_ms),
        )
    return {
        "decode_dynamic_ms": round(dynamic_ms, 2),
        "decode_view_ms": round(view_ms, 2),
        "decode_ratio": round(naive_ms / dynamic_ms, 2),
        "decode_pose_ms": round(min(stage["pose"] for stage in stages), 2),
        "decode_hair_ms": round(min(stage["hair"] for stage in stages), 2),
        "decode_threads": float(threads),
    }
