"""How fast the viewport draws: by number of Gaussians and size, and the demo avatar performing."""

from __future__ import annotations

import time
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from avatar_core.bench.events import event_latency
from avatar_core.bench.performing import Performer
from avatar_core.frame import NeuralTextures
from avatar_core.io.avatar_file import load_demo_avatar
from avatar_core.io.take_file import load_take
from avatar_core.motion import MotionFrame
from avatar_core.recording.offline import portrait_camera
from avatar_core.render.offscreen import create_offscreen_context
from avatar_core.render.pace import WHOLE, Pace
from avatar_core.render.renderer import Renderer
from avatar_core.render.scene import SceneOptions
from avatar_core.render.sorting import warm_up
from avatar_core.resources import resource_path

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import moderngl

    from avatar_core.frame import AvatarFrame
    from avatar_core.gaussians import GaussianCloud
    from avatar_core.geometry import Camera
    from avatar_core.project.asset import AvatarAsset
    from avatar_core.render.pace import Quality

COUNTS = (20_000, 60_000, 150_000)
SIZES = ((550, 802), (1920, 1080))
DEMO_PX = 512

_LEAST_FRAMES = 3
_WARM_UP_S = 1.0
_TURNS = 40
_JITTER_M = 0.002


def run(
    asset: AvatarAsset | None = None,
    counts: Sequence[int] = COUNTS,
    sizes: Sequence[tuple[int, int]] = SIZES,
    case_s: float = 6.0,
    threads: int = 1,
    with_window: bool = True,
) -> dict[str, Any]:
    """Draw clean pictures until each case has had its time, and at least three.

    Args:
        asset: with a neural face; the demo avatar when left out.
        counts: of Gaussians: its hair, thinned out or grown denser.
        sizes: width and height of the pictures.
        case_s: seconds for each case.
        threads: that torch may use; on two cores the studio leaves it one.
        with_window: also open the studio and time its answers.

    Returns:
        For each case, such as `20k_550x802`, a turntable of which every frame is uploaded, sorted
        and drawn: `viewport_fps_<case>` and medians `viewport_{upload,sort,draw}_ms_<case>`; draw
        waits for the graphics card.

        For the case `demo_512` the demo take, evaluated on another thread and drawn as the studio
        does, which draws less than the whole picture where that takes too long: the same, with
        `viewport_{pose,hair,decode}_ms_demo_512` of the inference, and
        `viewport_pixel_share_demo_512` and `viewport_fine_hair_demo_512`, how much was drawn.
        `viewport_fps_demo_512_whole` is that of whole pictures.

        `viewport_gl_renderer` and `viewport_inference_device` are names. With the window also what
        `events.event_latency` gives.
    """
    asset = asset or load_demo_avatar()
    warm_up()
    results: dict[str, Any] = {"viewport_inference_device": _inference_device()}
    moment = _moment(asset)
    with _stage((*sizes, (DEMO_PX, DEMO_PX))) as stage:
        results["viewport_gl_renderer"] = stage.renderer.name
        for count in counts:
            dense = replace(asset, hair=hair_of_count(asset.hair, count))
            moments = [_fresh(moment, dense.hair) for _ in range(2)]
            for size in sizes:
                case = f"{count // 1000}k_{size[0]}x{size[1]}"
                results |= _named(_turned(stage, dense, moments, size, case_s), case)
        case = f"demo_{DEMO_PX}"
        results |= _named(_performed(stage, asset, case_s, threads, Pace()), case)
        whole = _performed(stage, asset, case_s, threads, None)
        results |= _named({"fps": whole["fps"]}, f"{case}_whole")
    if with_window:
        results |= event_latency()
    return results


def hair_of_count(hair: GaussianCloud, count: int) -> GaussianCloud:
    """A cloud like the given one with another number of Gaussians.

    Fewer are spread evenly over it; more are copies a little way beside their models.
    """
    rng = np.random.default_rng(0)
    copies = -(-count // len(hair))
    chosen = np.concatenate([rng.permutation(len(hair)) for _ in range(copies)])[:count]
    grown = hair.subset(chosen)
    beside = rng.normal(0.0, _JITTER_M, (max(count - len(hair), 0), 3))
    means = grown.means.copy()
    means[len(hair) :] += beside.astype(np.float32)
    return replace(grown, means=means)


class _Stage(NamedTuple):
    """A renderer, its context, and where it draws to by size."""

    renderer: Renderer
    context: moderngl.Context
    targets: dict[tuple[int, int], moderngl.Framebuffer]


class _Timed(NamedTuple):
    """Milliseconds of one frame and of its parts."""

    frame: float
    sort: float
    upload: float
    draw: float


@contextmanager
def _stage(sizes: Sequence[tuple[int, int]]) -> Iterator[_Stage]:
    context = create_offscreen_context()
    try:
        with context:
            targets = {size: context.framebuffer([context.texture(size, 4)]) for size in sizes}
            yield _Stage(Renderer(context), context, targets)
    finally:
        context.release()


def _turned(
    stage: _Stage,
    asset: AvatarAsset,
    moments: Sequence[AvatarFrame],
    size: tuple[int, int],
    case_s: float,
) -> dict[str, float]:
    turns_rad = np.linspace(0.0, 2 * np.pi, _TURNS, endpoint=False)
    cameras = [portrait_camera(asset, *size, yaw_rad=float(turn_rad)) for turn_rad in turns_rad]
    stage.renderer.upload_avatar(asset)
    # The first picture is not timed: drivers finish their shaders on it.
    _shown(stage, moments[-1], cameras[-1], SceneOptions())
    timed: list[_Timed] = []
    ends_s = time.perf_counter() + case_s
    while len(timed) < _LEAST_FRAMES or time.perf_counter() < ends_s:
        index = len(timed)
        moment, camera = moments[index % len(moments)], cameras[index % _TURNS]
        timed.append(_shown(stage, moment, camera, SceneOptions()))
    return {"fps": 1000 * len(timed) / sum(each.frame for each in timed), **_medians(timed)}


def _performed(
    stage: _Stage, asset: AvatarAsset, case_s: float, threads: int, pace: Pace | None
) -> dict[str, float]:
    """Each evaluated frame drawn once; whole without a pace."""
    take = load_take(resource_path("demo", "performance.take"))
    camera = portrait_camera(asset, DEMO_PX, DEMO_PX)
    stage.renderer.upload_avatar(asset)
    timed: list[_Timed] = []
    frames: list[AvatarFrame] = []
    qualities: list[Quality] = []
    with Performer(asset, take, camera, threads) as performer:
        performer.newest()
        starts_s = time.perf_counter() + _WARM_UP_S
        while len(timed) < _LEAST_FRAMES or time.perf_counter() < starts_s + case_s:
            frame = performer.newest()
            quality = WHOLE if pace is None else _paced(pace)
            one = _shown(stage, frame, camera, quality.applied_to(SceneOptions()))
            if pace is not None:
                pace.note_painted(quality, one.frame)
            if time.perf_counter() < starts_s:
                continue
            timed.append(one)
            frames.append(frame)
            qualities.append(quality)
        spent_s = time.perf_counter() - starts_s
    return {
        "fps": len(timed) / spent_s,
        **_medians(timed),
        **{
            f"{stage_name}_ms": float(np.median([each.stage_ms[stage_name] for each in frames]))
            for stage_name in ("pose", "hair", "decode")
        },
        "pixel_share": float(np.mean([each.pixel_share for each in qualities])),
        "fine_hair": float(np.mean([each.fine_hair for each in qualities])),
    }


def _paced(pace: Pace) -> Quality:
    now_s = time.perf_counter()
    pace.note_move(now_s)
    return pace.quality(now_s)


def _shown(stage: _Stage, frame: AvatarFrame, camera: Camera, scene: SceneOptions) -> _Timed:
    started_s = time.perf_counter()
    stage.renderer.upload_frame(frame)
    stage.renderer.draw(camera, stage.targets[camera.width_px, camera.height_px], scene)
    stage.context.finish()
    frame_ms = 1000 * (time.perf_counter() - started_s)
    sort_ms, upload_ms = (stage.renderer.stage_ms[name] for name in ("sort", "upload"))
    return _Timed(frame_ms, sort_ms, upload_ms, frame_ms - sort_ms - upload_ms)


def _medians(timed: Sequence[_Timed]) -> dict[str, float]:
    return {
        f"{name}_ms": float(np.median([getattr(each, name) for each in timed]))
        for name in ("upload", "sort", "draw")
    }


def _named(values: dict[str, float], case: str) -> dict[str, float]:
    return {f"viewport_{name}_{case}": round(value, 2) for name, value in values.items()}


def _moment(asset: AvatarAsset) -> AvatarFrame:
    from avatar_core.mega import LIVE, build

    return build(asset, LIVE).evaluate(MotionFrame())


def _fresh(moment: AvatarFrame, hair: GaussianCloud) -> AvatarFrame:
    """A moment with other hair, all of which is new to a renderer."""
    neural = moment.neural
    return replace(
        moment,
        hair_means=hair.means,
        hair_quats=hair.quats,
        hair_scales=hair.scales,
        hair_opacities=hair.opacities,
        hair_constants=hair.sh[:, 0],
        neural=neural and NeuralTextures(neural.view.copy(), neural.dynamic.copy()),
    )


def _inference_device() -> str:
    import torch

    return torch.cuda.get_device_name() if torch.cuda.is_available() else "cpu"
