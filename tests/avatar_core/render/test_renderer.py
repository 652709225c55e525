from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import moderngl
import numpy as np
import pytest

from avatar_core.errors import RenderError, ShapeError
from avatar_core.frame import AvatarFrame
from avatar_core.render.renderer import Renderer
from avatar_core.render.scene import SceneOptions


def scene_of(make: Any) -> tuple[Any, Any]:
    """A ball with some hair around it, and its frame."""
    rng = np.random.default_rng(6)
    means = rng.normal(size=(300, 3))
    means *= 0.08 / np.linalg.norm(means, axis=1, keepdims=True)
    asset = make.avatar(
        make.sphere(0.07), make.gaussians(means, rng.uniform(0, 1, (300, 3)), 0.004, 0.8)
    )
    return asset, make.frame(asset)


def test_an_old_context_is_refused_in_words() -> None:
    with pytest.raises(RenderError, match=r"OpenGL 3\.3, 4\.1 is needed"):
        Renderer(SimpleNamespace(version_code=330))  # type: ignore[arg-type]


@pytest.mark.gl
def test_without_an_avatar_there_is_the_background(context: moderngl.Context, make: Any) -> None:
    renderer = Renderer(context)
    target = context.simple_framebuffer((8, 8))
    renderer.draw(make.camera(8, 8), target, replace(make.plain, background=(0.2, 0.4, 0.6)))
    pixels = np.frombuffer(target.read(components=4), np.uint8).reshape(-1, 4)
    assert np.all(pixels == [51, 102, 153, 255])
    assert renderer.pick(4, 4) is None


@pytest.mark.gl
def test_a_frame_needs_its_avatar(context: moderngl.Context, make: Any) -> None:
    renderer = Renderer(context)
    asset, frame = scene_of(make)
    with pytest.raises(ShapeError, match="upload an avatar first"):
        renderer.upload_frame(frame)
    renderer.upload_avatar(asset)
    other = make.frame(make.avatar(make.sphere(0.07), make.gaussians([0, 0, 0])))
    with pytest.raises(ShapeError, match="300"):
        renderer.upload_frame(other)
    few = replace(frame, vertices=frame.vertices[:5])
    with pytest.raises(ShapeError, match="vertices"):
        renderer.upload_frame(few)
    renderer.upload_frame(frame)


@pytest.mark.gl
def test_cameras_and_sizes_may_take_turns(draw: Any, make: Any) -> None:
    asset, frame = scene_of(make)
    cameras = [make.camera(64, 64), make.camera(96, 40, yaw_rad=1.0), make.camera(33, 57)]
    alone = [draw(asset, camera, frame=frame) for camera in cameras]
    for _ in range(2):
        for camera, expected in zip(cameras, alone, strict=True):
            assert np.array_equal(draw(asset, camera, frame=frame), expected)


@pytest.mark.gl
def test_a_camera_of_another_size_is_fitted(context: moderngl.Context, make: Any) -> None:
    asset, frame = scene_of(make)
    renderer = Renderer(context)
    renderer.upload_avatar(asset)
    renderer.upload_frame(frame)
    target = context.simple_framebuffer((60, 48))
    renderer.draw(make.camera(100, 100), target, make.plain)
    fitted = target.read()
    renderer.draw(make.camera(100, 100).resized(60, 48), target, make.plain)
    assert target.read() == fitted


@pytest.mark.gl
def test_avatars_may_be_exchanged(draw: Any, make: Any) -> None:
    first, _ = scene_of(make)
    second = make.avatar(make.square(0.05), texture=(0, 255, 0))
    camera = make.camera()
    before = draw(first, camera)
    assert draw(second, camera)[32, 32].tolist() == [0, 255, 0]
    assert np.array_equal(draw(first, camera), before)


@pytest.mark.gl
def test_assumes_no_state(context: moderngl.Context, make: Any) -> None:
    """Qt paints between draws, and leaves behind whatever it likes."""
    asset, frame = scene_of(make)
    renderer = Renderer(context)
    renderer.upload_avatar(asset)
    renderer.upload_frame(frame)
    target = context.framebuffer(
        [context.texture((64, 64), 4)], context.depth_renderbuffer((64, 64))
    )
    camera, scene = make.camera(), SceneOptions()
    renderer.draw(camera, target, scene)
    expected = target.read()

    other = context.simple_framebuffer((10, 10))
    other.use()
    other.scissor = (1, 1, 2, 2)
    target.viewport = (5, 5, 9, 9)
    target.scissor = (0, 0, 3, 3)
    target.depth_mask = False
    context.enable_only(moderngl.CULL_FACE | moderngl.BLEND)
    context.front_face = "cw"
    context.cull_face = "front_and_back"
    context.blend_func = (moderngl.ZERO, moderngl.DST_COLOR)
    context.blend_equation = moderngl.FUNC_REVERSE_SUBTRACT
    context.depth_func = ">"
    context.wireframe = True
    context.multisample = False
    context.enable_direct(0x0B90)  # stencil test
    context.enable_direct(0x8DB9)  # sRGB framebuffers
    context.enable_direct(0x0BF2)  # logic operations
    context.enable_direct(0x3000)  # clip plane 0
    context.enable_direct(0x809E)  # alpha to coverage
    context.enable_direct(0x8E51)  # sample mask
    context.polygon_offset = (5.0, 9.0)
    context.sampler(border_color=(1.0, 0.0, 0.0, 1.0)).use(0)
    renderer.draw(camera, target, scene)
    assert target.read() == expected


@pytest.mark.gl
def test_draws_onto_a_multisampled_target(context: moderngl.Context, make: Any) -> None:
    asset, frame = scene_of(make)
    renderer = Renderer(context)
    renderer.upload_avatar(asset)
    renderer.upload_frame(frame)
    plain = context.simple_framebuffer((64, 64))
    sampled = context.framebuffer([context.renderbuffer((64, 64), 4, samples=4)])
    camera, scene = make.camera(), SceneOptions(show_grid=False)
    renderer.draw(camera, sampled, scene)
    context.copy_framebuffer(plain, sampled)
    resolved = plain.read()
    renderer.draw(camera, plain, scene)
    assert plain.read() == resolved


@pytest.mark.gl
def test_a_window_stays_opaque(context: moderngl.Context, make: Any) -> None:
    asset, frame = scene_of(make)
    renderer = Renderer(context)
    renderer.upload_avatar(asset)
    renderer.upload_frame(frame)
    target = context.simple_framebuffer((64, 64))
    renderer.draw(make.camera(), target, SceneOptions())
    pixels = np.frombuffer(target.read(components=4), np.uint8).reshape(-1, 4)
    assert pixels[:, 3].min() == 255


@pytest.mark.gl
def test_reports_its_name_and_times(draw: Any, make: Any) -> None:
    asset, frame = scene_of(make)
    draw(asset, make.camera(), frame=frame)
    renderer = draw.offscreen.renderer
    assert renderer.name
    assert set(renderer.stage_ms) == {"sort", "upload", "draw"}
    assert all(spent > 0 for spent in renderer.stage_ms.values())


@pytest.mark.gl
def test_releases_all_it_made(
    context: moderngl.Context, make: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    asset, frame = scene_of(make)
    targets = [context.simple_framebuffer((size, size)) for size in (64, 48, 32)]
    made: list[Any] = []

    def recorded(maker: Any) -> Any:
        def record(*args: Any, **settings: Any) -> Any:
            made.append(maker(*args, **settings))
            return made[-1]

        return record

    for kind in (
        "buffer", "depth_renderbuffer", "depth_texture", "framebuffer", "program", "query",
        "renderbuffer", "sampler", "texture", "vertex_array",
    ):  # fmt: skip
        monkeypatch.setattr(context, kind, recorded(getattr(context, kind)))

    for _ in range(20):
        renderer = Renderer(context)
        renderer.upload_avatar(asset)
        renderer.upload_avatar(asset)
        for target in targets:
            renderer.upload_frame(replace(frame))
            renderer.draw(make.camera(*target.size), target, SceneOptions(shading=0.2))
            renderer.draw(make.camera(*target.size), target, SceneOptions())
        renderer.pick(16, 16)
        renderer.release()
    assert len(made) > 20 * 30
    left = [item for item in made if not isinstance(item.mglo, moderngl.InvalidObject)]
    assert left == []
    assert context.error == "GL_NO_ERROR"


@pytest.mark.gl
def test_hair_that_left_the_frame_keeps_the_rest(draw: Any, make: Any) -> None:
    """A NaN in a live frame must not blank or crash the picture."""
    asset, frame = scene_of(make)
    means = frame.hair_means.copy()
    means[::2] = np.nan
    broken = AvatarFrame(frame.motion, frame.vertices, means, frame.hair_quats, frame.hair_turn)
    image = draw(asset, make.camera(), frame=broken)
    kept = make.avatar(asset.head, asset.hair.subset(slice(1, None, 2)))
    assert np.array_equal(image, draw(kept, make.camera()))
