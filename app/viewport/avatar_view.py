"""AvatarView: the OpenGL viewport that shows the avatar, its camera and the HUD."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QSize, Qt, QTimer, Signal
from PySide6.QtOpenGLWidgets import QOpenGLWidget

from app.viewport.camera_rig import CameraRig
from app.viewport.clip_feed import ClipFeed
from app.viewport.comparison import Comparison
from app.viewport.context_watch import ContextWatch
from app.viewport.display import Display
from app.viewport.graphics import ViewportGraphics, viewport_format
from app.viewport.hud import DrawReadings, HudStatus, hud_text
from app.viewport.overlays import Overlays
from app.viewport.pictures_apart import PicturesApart
from app.viewport.rig_mouse import RigMouse
from app.viewport.show_clock import FrameTimes, ShowClock
from app.viewport.shown_avatar import ShownAvatar
from app.viewport.view_troubles import ViewTroubles
from avatar_core.heads.portrait import portrait_points
from avatar_core.render.pace import WHOLE, Pace
from avatar_core.render.scene import Blending, SceneOptions

if TYPE_CHECKING:
    from collections.abc import Callable

    from PySide6.QtGui import QHideEvent, QShowEvent
    from PySide6.QtWidgets import QWidget

    from app.viewport.comparison import BeforeAvatar, Compare
    from app.viewport.orbit_controls import OrbitControls, OrbitPose
    from app.viewport.pictures_apart import DrawPicture
    from app.viewport.ports import ClipTap, FrameMailbox
    from avatar_core.frame import AvatarFrame
    from avatar_core.geometry import Camera, UInt8
    from avatar_core.hair.edited import EditedHair
    from avatar_core.project.asset import AvatarAsset
    from avatar_core.texture.composite import PaintMaps

_SLOWEST_HZ, _FASTEST_HZ = 30.0, 144.0
_HUD_S = 0.25


class AvatarView(QOpenGLWidget):
    """Shows one avatar; pulls new frames at display rate and repaints only when something changed.

    Left drag orbits, middle or Shift-left drag pans, the wheel or Ctrl drag zooms.

    Signals:
        first_painted(): the avatar is on the screen for the first time.
        failed(AvatarError): OpenGL failed; the view says so in its own area too, unless only a part
            of the avatar cannot be drawn.
        camera_changed(Camera): what the next picture is seen through, at most once a repaint; the
            clip's camera while one is recorded.
    """

    first_painted = Signal()
    failed = Signal(object)
    camera_changed = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setFormat(viewport_format())
        self.setMinimumSize(160, 120)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.rig = CameraRig(self, self.isVisible)
        self.rig.moved.connect(self.update)
        self.rig_mouse = RigMouse(self, self.rig)
        self._graphics: ViewportGraphics | None = None
        self._shown = ShownAvatar()
        self._frames: FrameMailbox | None = None
        self.is_held = False  # what is shown stays, whatever comes
        self._status: Callable[[], HudStatus] | None = None
        self._scene = SceneOptions()
        self._backdrop: UInt8 | None = None
        self._display = Display()
        self._clip: ClipFeed | None = None
        self._told: tuple[OrbitPose, QSize] | None = None
        self._painted_pose: OrbitPose | None = None
        self._is_first = True
        self.overlays = Overlays(self)
        self.overlays.line.moved.connect(self._split_at)
        self._troubles = ViewTroubles(self.overlays.hud, self)
        self._troubles.told.connect(self.failed)
        self._apart = PicturesApart(self, self._shown, self._troubles)
        self._comparison = Comparison()
        self.clock = ShowClock()
        self._pace = Pace()
        self._gpu_ms: float | None = None
        self._hud_due_s = 0.0
        self._timer = QTimer(self)
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.timeout.connect(self.look)
        self._context_watch = ContextWatch(self)
        self._context_watch.missed.connect(self._troubles.fail)
        self.frameSwapped.connect(self._note_shown)

    # What the window asks.

    def connect_performance(
        self, frames: FrameMailbox, status: Callable[[], HudStatus] | None = None
    ) -> None:
        """Pull frames from `frames`, and what the HUD says from `status`."""
        self._frames, self._status = frames, status

    def set_avatar(self, asset: AvatarAsset, neutral: AvatarFrame) -> None:
        """Show this avatar at rest from the next repaint on, as a portrait from the front.

        It wears its own hair without edits and no paint, see `set_hair` and `set_paint`. The same
        head in other hair is seen from where the camera is.
        """
        before = self._shown.asset
        is_other_head = before is None or asset.head is not before.head
        self._shown.begin(asset, neutral)
        seen = self.rig.pose
        points = portrait_points(asset.head.topology, neutral.vertices, neutral.hair_means)
        self.rig.start_at_home(points, self.width(), self.height())
        if not is_other_head:
            self.rig.set_pose(seen)

    def set_hair(self, hair: EditedHair | None) -> None:
        """Show hair as edited on every frame from the next repaint on; None for the avatar's own.

        A stroke shows what it made of `hair` by giving it again.

        Raises:
            ShapeError: it is that of another avatar.
        """
        self._shown.hair.put_on(hair)
        self._refresh_worn()

    def set_paint(self, paint: PaintMaps | None) -> None:
        """Show paint on the face, and its sculpted surface, from now on; None for neither.

        While a stroke writes into the maps, `paint_changed` is enough.
        """
        self._shown.paint.put_on(paint)
        self._refresh_worn()

    def paint_changed(self, tiles: set[int]) -> None:
        """The paint that is shown was written to in these tiles."""
        self._shown.paint.touch(tiles)
        self._refresh_worn()

    def set_face(self, asset: AvatarAsset) -> None:
        """Show the same avatar with another texture, after a bake; all else stays.

        Raises:
            ShapeError: it is another avatar.
        """
        self._shown.change_face(asset)
        self._refresh_worn()

    @property
    def base_frame(self) -> AvatarFrame | None:
        """The moment that is shown, in the avatar's own hair, as inference evaluated it."""
        return self._shown.hair.base

    @property
    def shown_frame(self) -> AvatarFrame | None:
        """The moment that is shown, in its hair as edited and its face as sculpted."""
        return self._shown.frame

    def set_scene(self, scene: SceneOptions) -> None:
        """The document's background, grid and what is drawn."""
        self._scene = scene
        self.update()

    def set_backdrop(self, picture: UInt8 | None) -> None:
        """A picture [H, W, 3] behind the avatar instead of the scene's colour; None for none."""
        self._backdrop = picture
        self.update()

    def set_display(self, display: Display) -> None:
        """How to look at the scene."""
        self._display = display
        self.update()

    @property
    def display(self) -> Display:
        return self._display

    def set_hud_visible(self, is_visible: bool) -> None:
        """Show or hide the readings; a recording under way is always told."""
        self.overlays.hud.set_readings_visible(is_visible)

    def set_clip_tap(self, tap: ClipTap | None) -> None:
        """Also draw new frames for a clip, through the camera as it is now; None ends it.

        The turntable takes the clip along.
        """
        self._clip = None if tap is None else ClipFeed(tap, self.rig.pose)
        self._feed_clip()
        self._run_timer()

    def film_again(self) -> None:
        """What a clip shows beside the avatar has changed."""
        if self._clip is not None:
            self._clip.note_frame(time.perf_counter())

    def compare_with(self, before: BeforeAvatar | None) -> None:
        """Show this avatar where before is to be seen; None compares no more."""
        if before is None:
            self._comparison.end()
        else:
            self._comparison.begin(before, self.base_frame)
        self.update()

    def show_comparison(self, mode: Compare) -> None:
        """What is shown of before and after."""
        self._comparison.mode = mode
        self.overlays.show_comparison(mode, self._comparison.share)
        self.update()

    def frame_avatar(self) -> None:
        """Bring the whole avatar into the picture, seen from where the camera is."""
        frame = self.shown_frame
        if frame is not None:
            points = np.concatenate([frame.vertices, frame.hair_means])
            self.rig.frame(points, self.width(), self.height())

    def camera(self) -> Camera:
        """The camera of the viewport, in device pixels."""
        ratio = self.devicePixelRatioF()
        return self.orbit.camera(round(self.width() * ratio), round(self.height() * ratio))

    @property
    def orbit(self) -> OrbitControls:
        """Where the camera is at this moment."""
        return self.rig.orbit

    @property
    def graphics_name(self) -> str:
        """The graphics card, as its driver calls it; empty before the first paint."""
        return "" if self._graphics is None else self._graphics.name

    def follow_frames(self, heard: Callable[[FrameTimes], None] | None) -> None:
        """Tell someone of every captured frame, once it is on the screen; None for nobody."""
        self.clock.follow = heard

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
            self._troubles.fail(error)

    def paintGL(self) -> None:  # noqa: N802 - Qt's name
        """Draw the newest frame into Qt's framebuffer."""
        graphics = self._graphics
        if graphics is None or self._troubles.are_fatal:
            return
        self.clock.note_paint()
        camera = self.camera()
        self._tell_camera(camera)
        started_s = time.perf_counter()
        # Exact pictures are looked at pixel by pixel: they are always whole.
        is_exact = self._display.blending is Blending.EXACT
        quality = WHOLE if is_exact else self._pace.quality(started_s)
        try:
            graphics.load(self._shown)
            scene = quality.applied_to(self._shown_scene())
            graphics.draw(self.defaultFramebufferObject(), camera, scene, self._comparison)
        except Exception as error:  # noqa: BLE001 - Qt calls this: nothing may escape
            self._troubles.fail(error)
            return
        took_ms = 1000 * (time.perf_counter() - started_s)
        self._gpu_ms = graphics.earlier_gpu_ms
        self._pace.note_painted(quality, took_ms, self._gpu_ms)
        self._troubles.note(graphics.renderer.problem)

    def _release_graphics(self) -> None:
        graphics, self._graphics = self._graphics, None
        if graphics is not None:
            self.makeCurrent()
            graphics.release()
            self.doneCurrent()

    def _shown_scene(self) -> SceneOptions:
        return replace(self._display.applied_to(self._scene), background_image=self._backdrop)

    def _tell_camera(self, camera: Camera) -> None:
        pose = self.orbit.pose
        if self._painted_pose is not None and pose is not self._painted_pose:
            self._pace.note_move(time.perf_counter())
        self._painted_pose = pose
        if self._clip is not None:  # looks depend on the view, and the clip's is there to stay
            pose, camera = self._clip.pose, self._clip.camera
        seen = pose, QSize(camera.width_px, camera.height_px)
        if self._told is None or seen[0] is not self._told[0] or seen[1] != self._told[1]:
            self._told = seen
            self.camera_changed.emit(camera)

    def still(self, scale: int = 1) -> UInt8 | None:
        """[H, W, 3] of what is shown, `scale` times as large; None where nothing can be drawn."""
        shown, pictures = self.camera(), []
        camera = shown.resized(scale * shown.width_px, scale * shown.height_px)
        self.draw_apart(lambda draw, scene: pictures.append(draw(camera, scene)))
        return pictures[0] if pictures else None

    def draw_apart(self, use: Callable[[DrawPicture, SceneOptions], object]) -> None:
        """Give `use` what draws pictures apart, and what is shown, without the selection."""
        scene = replace(self._shown_scene(), selection_strength=0.0)
        self._apart.draw(self._graphics, lambda draw: use(draw, scene))

    def _feed_clip(self) -> None:
        """Draw the newest frame for the clip, if that has room for it by now."""
        clip = self._clip
        if clip is None:
            return
        if self.rig.is_turning:
            clip.go_along(self.orbit.pose)
        scene = clip.dressed(self._shown_scene())
        self._apart.draw(self._graphics, lambda draw: clip.feed(lambda camera: draw(camera, scene)))

    def look(self) -> None:
        """Take the newest frame, if there is one, and move the camera; everything else rests.

        Comes with each frame of the screen, and may come whenever there is a new one.
        """
        taken = None if self._frames is None else self._frames.take()
        is_own = not self.is_held and taken is not None and self._shown.hair.fits(taken)
        frame = self._comparison.gated(taken if is_own else None)
        now_s = time.perf_counter()
        if frame is not None:
            self._shown.hair.take(frame)
            self.clock.note_frame(frame.captured_s)
            self._pace.note_move(now_s)
            self.update()
        elif self._pace.owes_whole(now_s):
            self.update()
        self.rig.step()
        if self._clip is not None:
            if frame is not None:
                self._clip.note_frame(now_s if frame.captured_s is None else frame.captured_s)
            else:
                self._clip.note_nothing_new(now_s, is_turning=self.rig.is_turning)
            self._feed_clip()
        if now_s >= self._hud_due_s:
            self._hud_due_s = now_s + _HUD_S
            self._refresh_hud()

    def _refresh_worn(self) -> None:
        self.film_again()
        self.update()

    def _note_shown(self) -> None:
        """The picture is on the screen."""
        is_ours = self._graphics is not None and self.clock.note_shown()
        if is_ours and self._is_first and self.base_frame is not None:
            self._is_first = False
            self.first_painted.emit()

    def _refresh_hud(self) -> None:
        status = None if self._status is None else self._status()
        self.overlays.hud.show_text(hud_text(status, self.draw_readings()))

    def draw_readings(self) -> DrawReadings:
        """What the viewport measured: rate, frame age, milliseconds per stage."""
        stage_ms: dict[str, float] = {}
        if self._graphics is not None:
            stage_ms = dict(self._graphics.renderer.stage_ms)
            stage_ms["show"] = max(self.clock.show_ms - sum(stage_ms.values()), 0.0)
            stage_ms["gpu"] = self._gpu_ms or 0.0
        dropped = 0 if self._frames is None else self._frames.dropped
        return DrawReadings(self.clock.fps, self.clock.age_ms, dropped, stage_ms)

    def _run_timer(self) -> None:
        if self.isVisible() or self._clip is not None:
            rate_hz = min(max(self.screen().refreshRate(), _SLOWEST_HZ), _FASTEST_HZ)
            self._timer.start(round(1000 / rate_hz))
        else:
            self._timer.stop()

    def showEvent(self, event: QShowEvent) -> None:  # noqa: N802 - Qt's name
        super().showEvent(event)
        self._run_timer()
        self._context_watch.begin()

    def hideEvent(self, event: QHideEvent) -> None:  # noqa: N802 - Qt's name
        super().hideEvent(event)
        self._context_watch.end()
        self.rig.settle()
        self._run_timer()

    def _split_at(self, share: float) -> None:
        self._comparison.share = share
        self.show_comparison(self._comparison.mode)
