"""AvatarView: the OpenGL viewport that shows the avatar, its camera and the HUD."""

from __future__ import annotations

import logging
import time
from dataclasses import replace
from typing import TYPE_CHECKING, Protocol

import numpy as np
from PySide6.QtCore import QPointF, Qt, QTimer, Signal
from PySide6.QtGui import QSurfaceFormat
from PySide6.QtOpenGLWidgets import QOpenGLWidget

from app.rate_meter import RateMeter
from app.viewport.graphics import ViewportGraphics
from app.viewport.hud import DrawReadings, Hud, HudStatus, hud_text
from app.viewport.orbit_controls import Drag, OrbitControls, ViewSide, drag_of
from avatar_core.errors import AvatarError, RenderError
from avatar_core.heads.portrait import portrait_points
from avatar_core.render.scene import SceneOptions

if TYPE_CHECKING:
    from collections.abc import Callable

    from PySide6.QtGui import QHideEvent, QMouseEvent, QResizeEvent, QShowEvent, QWheelEvent
    from PySide6.QtWidgets import QWidget

    from avatar_core.frame import AvatarFrame
    from avatar_core.geometry import Camera, UInt8
    from avatar_core.project.asset import AvatarAsset

log = logging.getLogger(__name__)

_SLOWEST_HZ, _FASTEST_HZ = 30.0, 144.0
_HUD_S = 0.25
_RATE_WINDOW_S = 2.0
_WHEEL_STEP = 120.0
_CONTEXT_PATIENCE_MS = 300


class FrameMailbox(Protocol):
    """Where the newest frame lies; `app.workers.latest.Latest` is one."""

    @property
    def dropped(self) -> int: ...

    def take(self) -> AvatarFrame | None: ...


class ClipTap(Protocol):
    """Wants pictures at a size of its own while a clip is being recorded."""

    @property
    def width_px(self) -> int: ...

    @property
    def height_px(self) -> int: ...

    @property
    def fps(self) -> float: ...

    def wants(self, captured_s: float) -> bool:
        """Whether the clip has room for a picture of this moment."""
        ...

    def submit(self, image: UInt8, captured_s: float) -> None:
        """Take [H, W, 3] uint8 and when what it shows was captured. Returns at once."""
        ...


def viewport_format() -> QSurfaceFormat:
    """What the viewport asks of OpenGL; also the application's default, set before it starts."""
    surface = QSurfaceFormat()
    surface.setVersion(4, 1)
    surface.setProfile(QSurfaceFormat.OpenGLContextProfile.CoreProfile)
    surface.setDepthBufferSize(24)
    return surface


class AvatarView(QOpenGLWidget):
    """Shows one avatar; pulls new frames at display rate and repaints only when something changed.

    Left drag orbits, middle or Shift-left drag pans, the wheel or Ctrl drag zooms.

    Signals:
        first_painted(): the avatar is on the screen for the first time.
        failed(AvatarError): OpenGL failed; the view says so in its own area too.
    """

    first_painted = Signal()
    failed = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setFormat(viewport_format())
        self.setMinimumSize(160, 120)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.orbit = OrbitControls()
        self._graphics: ViewportGraphics | None = None
        self._has_failed = False
        self._asset: AvatarAsset | None = None
        self._neutral: AvatarFrame | None = None
        self._frame: AvatarFrame | None = None
        self._frames: FrameMailbox | None = None
        self._status: Callable[[], HudStatus] | None = None
        self._scene = SceneOptions()
        self._tap: ClipTap | None = None
        self._clip_camera: Camera | None = None
        self._clip_due_s: float | None = None
        self._drag_from: QPointF | None = None
        self._is_first = True
        self._hud = Hud(self)
        self._rate = RateMeter(_RATE_WINDOW_S)
        self._painted_s = 0.0
        self._show_ms = 0.0
        self._age_ms: float | None = None
        self._is_fresh = False
        self._hud_due_s = 0.0
        self._timer = QTimer(self)
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.timeout.connect(self._tick)
        self._context_check = QTimer(self)
        self._context_check.setSingleShot(True)
        self._context_check.setInterval(_CONTEXT_PATIENCE_MS)
        self._context_check.timeout.connect(self._check_context)
        self.frameSwapped.connect(self._note_shown)

    # What the window asks.

    def connect_performance(
        self, frames: FrameMailbox, status: Callable[[], HudStatus] | None = None
    ) -> None:
        """Pull frames from `frames`, and what the HUD says from `status`."""
        self._frames, self._status = frames, status

    def set_avatar(self, asset: AvatarAsset, neutral: AvatarFrame) -> None:
        """Show this avatar at rest from the next repaint on, as a portrait from the front."""
        self._asset, self._neutral, self._frame = asset, neutral, neutral
        self.orbit.look_from(ViewSide.FRONT)
        points = portrait_points(asset.head.topology, neutral.vertices, neutral.hair_means)
        self.orbit.frame(points, self.width(), self.height())
        self.orbit.set_home()
        self.update()

    def set_scene(self, scene: SceneOptions) -> None:
        """Background, grid and what is drawn."""
        self._scene = scene
        self.update()

    def set_hud_visible(self, is_visible: bool) -> None:
        """Show or hide the readings; a recording under way is always told."""
        self._hud.set_readings_visible(is_visible)

    def set_clip_tap(self, tap: ClipTap | None) -> None:
        """Also draw new frames for a clip, through the camera as it is now; None ends it."""
        self._tap = tap
        self._clip_camera = None
        self._clip_due_s = None
        if tap is not None:
            self._clip_camera = self.orbit.camera(tap.width_px, tap.height_px)
            self._clip_due_s = time.perf_counter()
            self._feed_clip(tap)
        self._run_timer()

    def look_from(self, side: ViewSide | str) -> None:
        """`front`, `back`, `left`, `right`, `top` or `bottom` of the avatar."""
        self.orbit.look_from(side)
        self.update()

    def reset_camera(self) -> None:
        """The view that `set_avatar` began with."""
        self.orbit.reset()
        self.update()

    def frame_avatar(self) -> None:
        """Bring the whole avatar into the picture, seen from where the camera is."""
        if self._frame is not None:
            points = np.concatenate([self._frame.vertices, self._frame.hair_means])
            self.orbit.frame(points, self.width(), self.height())
        self.update()

    def camera(self) -> Camera:
        """The camera of the viewport, in device pixels."""
        ratio = self.devicePixelRatioF()
        return self.orbit.camera(round(self.width() * ratio), round(self.height() * ratio))

    @property
    def graphics_name(self) -> str:
        """The graphics card, as its driver calls it; empty before the first paint."""
        return "" if self._graphics is None else self._graphics.name

    # OpenGL.

    def initializeGL(self) -> None:  # noqa: N802 - Qt's name
        """Make everything on the GPU; again whenever the view gets a new context."""
        context = self.context()
        context.aboutToBeDestroyed.connect(
            self._release_graphics, Qt.ConnectionType.DirectConnection
        )
        try:
            self._graphics = ViewportGraphics()
        except Exception as error:  # noqa: BLE001 - Qt calls this: nothing may escape
            self._fail(error)

    def paintGL(self) -> None:  # noqa: N802 - Qt's name
        """Draw the newest frame into Qt's framebuffer."""
        graphics = self._graphics
        if graphics is None or self._has_failed:
            return
        self._painted_s = time.perf_counter()
        try:
            if self._asset is not None and self._frame is not None:
                graphics.load(self._asset, self._frame)
            graphics.draw(self.defaultFramebufferObject(), self.camera(), self._scene)
        except Exception as error:  # noqa: BLE001 - Qt calls this: nothing may escape
            self._fail(error)

    def _release_graphics(self) -> None:
        graphics, self._graphics = self._graphics, None
        if graphics is not None:
            self.makeCurrent()
            graphics.release()
            self.doneCurrent()

    def _feed_clip(self, tap: ClipTap) -> None:
        """Draw the newest frame for the clip, if that has room for it by now."""
        due_s, camera, graphics = self._clip_due_s, self._clip_camera, self._graphics
        if due_s is None or camera is None or graphics is None or self._has_failed:
            return
        if self._asset is None or self._frame is None or not tap.wants(due_s):
            return
        self._clip_due_s = None
        self.makeCurrent()  # the view may be hidden
        try:
            graphics.load(self._asset, self._frame)
            tap.submit(graphics.picture(camera, _without_grid(self._scene)), due_s)
        except Exception as error:  # noqa: BLE001 - the studio lives on
            self._fail(error)
        finally:
            self.doneCurrent()

    def _fail(self, error: Exception) -> None:
        if self._has_failed:
            return
        self._has_failed = True
        if not isinstance(error, AvatarError):
            log.error("The viewport failed", exc_info=error)
            error = RenderError(
                f"The viewport cannot draw any more ({type(error).__name__}: {error}).",
                "Restart the studio; if it comes back, update the graphics driver.",
            )
        self._hud.show_message(f"{error.message}\n\n{error.hint}")
        self.failed.emit(error)

    # Time.

    def _tick(self) -> None:
        """Take the newest frame, if there is one; everything else rests."""
        frame = None if self._frames is None else self._frames.take()
        now_s = time.perf_counter()
        if frame is not None and self._fits(frame):
            self._frame, self._is_fresh = frame, True
            self._clip_due_s = now_s if frame.captured_s is None else frame.captured_s
            self.update()
        elif self._clip_due_s is not None and self._tap is not None:
            # It came too soon after another, and nothing came since: the next picture shows it.
            self._clip_due_s += 1 / self._tap.fps
        if self._tap is not None:
            self._feed_clip(self._tap)
        if now_s >= self._hud_due_s:
            self._hud_due_s = now_s + _HUD_S
            self._refresh_hud()

    def _fits(self, frame: AvatarFrame) -> bool:
        """Frames of the avatar before the present one may still be on their way."""
        return (
            self._neutral is not None
            and frame.vertices.shape == self._neutral.vertices.shape
            and frame.hair_means.shape == self._neutral.hair_means.shape
        )

    def _note_shown(self) -> None:
        """The picture is on the screen."""
        if self._painted_s == 0.0 or self._graphics is None:
            return
        now_s = time.perf_counter()
        self._rate.mark()
        self._show_ms = 1000 * (now_s - self._painted_s)
        self._painted_s = 0.0
        if self._is_fresh and self._frame is not None:
            self._is_fresh = False  # shown again from elsewhere, it does not age
            captured_s = self._frame.captured_s
            self._age_ms = None if captured_s is None else 1000 * (now_s - captured_s)
        if self._is_first and self._frame is not None:
            self._is_first = False
            self.first_painted.emit()

    def _refresh_hud(self) -> None:
        status = None if self._status is None else self._status()
        self._hud.show_text(hud_text(status, self.draw_readings()))

    def draw_readings(self) -> DrawReadings:
        """What the viewport measured: rate, frame age, milliseconds per stage."""
        stage_ms: dict[str, float] = {}
        if self._graphics is not None:
            stage_ms = dict(self._graphics.renderer.stage_ms)
            stage_ms["show"] = max(self._show_ms - sum(stage_ms.values()), 0.0)
        dropped = 0 if self._frames is None else self._frames.dropped
        return DrawReadings(self._rate.per_second, self._age_ms, dropped, stage_ms)

    def _run_timer(self) -> None:
        if self.isVisible() or self._tap is not None:
            rate_hz = min(max(self.screen().refreshRate(), _SLOWEST_HZ), _FASTEST_HZ)
            self._timer.start(round(1000 / rate_hz))
        else:
            self._timer.stop()

    # Events.

    def showEvent(self, event: QShowEvent) -> None:  # noqa: N802 - Qt's name
        super().showEvent(event)
        self._run_timer()
        self._context_check.start()

    def hideEvent(self, event: QHideEvent) -> None:  # noqa: N802 - Qt's name
        super().hideEvent(event)
        self._context_check.stop()
        self._run_timer()

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802 - Qt's name
        super().resizeEvent(event)
        self._hud.setGeometry(self.rect())

    def mousePressEvent(self, event: QMouseEvent) -> None:  # noqa: N802 - Qt's name
        if drag_of(event.buttons(), event.modifiers()) is not None:
            self._drag_from = event.position()
        event.accept()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:  # noqa: N802 - Qt's name
        kind = drag_of(event.buttons(), event.modifiers())
        if kind is not None and self._drag_from is not None:
            self._drag(kind, event.position() - self._drag_from)
            self._drag_from = event.position()
        event.accept()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:  # noqa: N802 - Qt's name
        if drag_of(event.buttons(), event.modifiers()) is None:
            self._drag_from = None
        event.accept()

    def wheelEvent(self, event: QWheelEvent) -> None:  # noqa: N802 - Qt's name
        self.orbit.zoom(event.angleDelta().y() / _WHEEL_STEP)
        self.update()
        event.accept()

    def _drag(self, kind: Drag, moved: QPointF) -> None:
        height = max(self.height(), 1)
        self.orbit.drag(kind, moved.x() / height, moved.y() / height)
        self.update()

    def _check_context(self) -> None:
        """Qt tells nobody when it gets no context; the view is then simply never painted."""
        if self.isVisible() and not self.isValid():
            self._fail(
                RenderError(
                    "The viewport got no OpenGL 4.1 context.",
                    "Update the graphics driver; without one, Mesa's software rasteriser will do.",
                )
            )


def _without_grid(scene: SceneOptions) -> SceneOptions:
    return replace(scene, show_grid=False)
