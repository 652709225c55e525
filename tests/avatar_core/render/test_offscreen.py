from __future__ import annotations

import ctypes
import sys
import threading
from dataclasses import replace
from typing import Any

import cv2
import moderngl
import numpy as np
import pytest

from avatar_core.bench.registry import machine
from avatar_core.cli.health import examine
from avatar_core.errors import RenderError
from avatar_core.render import offscreen
from avatar_core.render.offscreen import OffscreenRenderer, release_offscreen, render_frame

pytestmark = pytest.mark.gl


def test_pictures_have_the_cameras_size_and_the_top_row_first(draw: Any, make: Any) -> None:
    asset = make.avatar(hair=make.gaussians([0, 0.05, 0], (1, 0, 0)))
    image = render_frame(asset, make.frame(asset), make.camera(50, 40), make.plain)
    release_offscreen()
    assert image.shape == (40, 50, 3)
    assert image.dtype == np.uint8
    assert image[:20].max() > 100
    assert image[25:].max() == 0


def test_supersampling_averages_a_larger_picture(draw: Any, make: Any) -> None:
    asset, camera = make.avatar(make.sphere()), make.camera(40, 30)
    frame = make.frame(asset)
    fine = render_frame(asset, frame, camera, make.plain, supersample=3)
    large = render_frame(asset, frame, camera.resized(120, 90), make.plain)
    release_offscreen()
    assert np.array_equal(fine, cv2.resize(large, (40, 30), interpolation=cv2.INTER_AREA))


def test_the_context_is_made_once(draw: Any, make: Any, monkeypatch: Any) -> None:
    made = []

    def counted() -> moderngl.Context:
        made.append(1)
        return real()

    real = offscreen.create_offscreen_context
    monkeypatch.setattr(offscreen, "create_offscreen_context", counted)
    asset = make.avatar(make.square())
    for size in (20, 30, 20):
        render_frame(asset, make.frame(asset), make.camera(size, size), make.plain)
    release_offscreen()
    release_offscreen()
    assert len(made) == 1


def test_threads_draw_at_once(draw: Any, make: Any) -> None:
    asset = make.avatar(make.sphere(), make.gaussians([0, 0, 0.11], (0, 0, 1)))
    expected = draw(asset, make.camera())
    images: dict[int, np.ndarray] = {}

    def work(key: int) -> None:
        for _ in range(5):
            images[key] = render_frame(asset, make.frame(asset), make.camera(), make.plain)
        release_offscreen()

    threads = [threading.Thread(target=work, args=(key,)) for key in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(images) == 3
    assert all(np.array_equal(image, expected) for image in images.values())


def test_two_renderers_in_one_thread_do_not_disturb_each_other(draw: Any, make: Any) -> None:
    asset, camera = make.avatar(make.sphere(), texture=(9, 99, 199)), make.camera()
    expected = draw(asset, camera)
    second = OffscreenRenderer(20, 20)
    second.render(make.avatar(make.square()), make.frame(make.avatar(make.square())), camera)
    second.release()
    assert np.array_equal(draw(asset, camera), expected)


def test_transparent_pictures_have_four_channels(draw: Any, make: Any) -> None:
    asset = make.avatar(make.square(0.02))
    scene = replace(make.plain, transparent=True)
    image = render_frame(asset, make.frame(asset), make.camera(), scene, supersample=2)
    release_offscreen()
    assert image.shape == (64, 64, 4)
    assert image[0, 0, 3] == 0


def _fail_at_once() -> None:
    with pytest.raises(RenderError):
        OffscreenRenderer(10**6, 8)


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere contexts are not EGL's")
@pytest.mark.parametrize(
    "use",
    [
        lambda: OffscreenRenderer(8, 8).release(),
        _fail_at_once,
        machine,
        examine,
    ],
    ids=["renderer", "refused", "bench", "doctor"],
)
def test_no_context_stays_current_for_a_window_to_fail_on(use: Any) -> None:
    use()
    egl = ctypes.CDLL("libEGL.so.1")
    egl.eglGetCurrentContext.restype = ctypes.c_void_p
    assert egl.eglGetCurrentContext() is None


def test_without_opengl_it_says_so(monkeypatch: Any) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise ValueError("no display")

    monkeypatch.setattr(moderngl, "create_context", refuse)
    with pytest.raises(RenderError, match="no display") as caught:
        OffscreenRenderer(8, 8)
    assert caught.value.hint
