"""PortraitView: the OpenGL viewport that shows portraits performing, beside the avatar's."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from PySide6.QtCore import QRect, Qt, QTimer, Signal
from PySide6.QtOpenGLWidgets import QOpenGLWidget

from app.viewport.clip_feed import ClipMoments
from app.viewport.context_watch import ContextWatch
from app.viewport.crop_editor import CropEditor
from app.viewport.empty_portraits import EmptyPortraits
from app.viewport.graphics import viewport_format
from app.viewport.portrait_captions import PortraitCaptions
from app.viewport.portrait_graphics import PortraitGraphics
from app.viewport.portrait_wall import PortraitWall, ShownPortrait
from app.viewport.view_troubles import ViewTroubles
from app.widgets.buttons import icon_button

if TYPE_CHECKING:
    from collections.abc import Sequence

    from PySide6.QtGui import QFocusEvent, QHideEvent, QKeyEvent, QResizeEvent, QShowEvent
    from PySide6.QtWidgets import QWidget

    from app.viewport.portrait_tiles import Tile
    from app.viewport.portrait_wall import Hung
    from app.viewport.ports import ClipTap, PortraitMailbox
    from avatar_core.geometry import UInt8
    from avatar_core.project import CropBox

_SLOWEST_HZ, _FASTEST_HZ = 30.0, 144.0
_CAPTIONS_S = 0.25
_SHARE = 0.15
"""Of the window's time; the rest is the avatar's. On a graphics card nobody comes near it."""
_MARGIN_PX = 8


class PortraitView(QOpenGLWidget):
    """Shows portraits as tiles; pulls their moments and repaints only when something changed.

    Tab, held down, shows the driver's picture in place of the portraits.

    Signals:
        failed(AvatarError): OpenGL failed; the view says so in its own area too.
        add_requested(): the user wants to choose a picture.
        crop_edited(str, CropBox): the square of a portrait was dragged, pixels of its picture.
        crop_editing_changed(object): id of the portrait whose crop can be dragged now, or None.
        driver_beside_changed(bool): whether the driver's picture hangs beside the portraits.
        moved(): portraits have new moments.
    """

    failed = Signal(object)
    add_requested = Signal()
    crop_edited = Signal(str, object)
    crop_editing_changed = Signal(object)
    driver_beside_changed = Signal(bool)
    moved = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setFormat(viewport_format())
        self.setMinimumSize(160, 120)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName("Portraits")
        self._wall = PortraitWall()
        self._graphics: PortraitGraphics | None = None
        self._frames: PortraitMailbox | None = None
        self._clip: ClipMoments | None = None
        self._is_stale = False
        self._due_s = 0.0
        self._captions_due_s = 0.0
        self.captions = PortraitCaptions(self)
        self._empty = EmptyPortraits(self)
        self._empty.add_requested.connect(self.add_requested)
        self._crop = CropEditor(self)
        self._crop.edited.connect(self._tell_crop)
        self.captions.raise_()
        self._beside = icon_button(
            "split", "Driver's picture beside the portraits; hold Tab for it alone", checkable=True
        )
        self._beside.setParent(self)
        self._beside.toggled.connect(self.set_driver_beside)
        self._troubles = ViewTroubles(self.captions, self)
        self._troubles.told.connect(self.failed)
        self._context_watch = ContextWatch(self)
        self._context_watch.missed.connect(self._troubles.fail)
        self._timer = QTimer(self)
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.timeout.connect(self._tick)
        self._place()

    # What the window asks.

    def connect_performance(self, frames: PortraitMailbox) -> None:
        """Pull portraits' moments from `frames`."""
        self._frames = frames

    def show_portraits(self, portraits: Sequence[ShownPortrait]) -> None:
        """Show these, in this order; with none, a place to drop a picture."""
        was_cropped = self._wall.cropped
        self._wall.show(portraits)
        if was_cropped is not self._wall.cropped:
            self.crop_editing_changed.emit(None)
        self._refresh()

    @property
    def portraits(self) -> tuple[ShownPortrait, ...]:
        """Those that are shown."""
        return self._wall.portraits

    def set_crop_editing(self, portrait_id: str | None) -> None:
        """Show the whole picture of a portrait with its square to be dragged; None ends it."""
        is_known = portrait_id in {each.id for each in self.portraits}
        wanted = portrait_id if is_known else None
        if wanted != self._wall.cropped:
            self._wall.cropped = wanted
            self.crop_editing_changed.emit(wanted)
            self._refresh()

    def set_driver_beside(self, is_beside: bool) -> None:
        """Show the driver's picture before the portraits."""
        if is_beside != self._wall.shows_driver:
            self._wall.shows_driver = is_beside
            self._beside.setChecked(is_beside)
            self.driver_beside_changed.emit(is_beside)
            self._refresh()

    def set_driver_alone(self, is_alone: bool) -> None:
        """Show the driver's picture in place of the portraits, to compare."""
        self._wall.is_driver_alone = is_alone
        self._refresh()

    def set_clip_tap(self, tap: ClipTap | None) -> None:
        """Also draw new moments for a clip; None ends it."""
        self._clip = None if tap is None else ClipMoments(tap)
        self._feed_clip()
        self._run_timer()

    def clip_size(self, height_px: int, most_wide_px: int) -> tuple[int, int]:
        """Even width and height of a clip that the portraits fill, see `natural_size`."""
        return self._wall.natural_size(height_px, most_wide_px)

    def still(self) -> UInt8 | None:
        """[H, W, 3] of the portraits at their pictures' own size; None where none can be drawn."""
        if not self.portraits:
            return None
        return self.picture(*self._wall.still_size())

    def picture(self, width_px: int, height_px: int) -> UInt8 | None:
        """[H, W, 3] of the portraits alone as they are now; None where nothing can be drawn."""
        if self._graphics is None or self._troubles.are_fatal:
            return None
        if not self._timer.isActive():
            self._take()
        self.makeCurrent()  # the view may be hidden
        try:
            wall = self._wall.hung(width_px, height_px, is_filmed=True)
            return self._graphics.picture(width_px, height_px, wall)
        except Exception as error:  # noqa: BLE001 - the studio lives on
            self._troubles.fail(error)
            return None
        finally:
            self.doneCurrent()

    # OpenGL.

    def initializeGL(self) -> None:  # noqa: N802 - Qt's name
        """Make everything on the GPU; again whenever the view gets a new context."""
        self.context().aboutToBeDestroyed.connect(
            self._release_graphics, Qt.ConnectionType.DirectConnection
        )
        try:
            self._graphics = PortraitGraphics()
        except Exception as error:  # noqa: BLE001 - Qt calls this: nothing may escape
            self._troubles.fail(error)

    def paintGL(self) -> None:  # noqa: N802 - Qt's name
        """Draw the newest moments into Qt's framebuffer."""
        if self._graphics is None or self._troubles.are_fatal:
            return
        started_s = time.perf_counter()
        try:
            self._graphics.draw(self.defaultFramebufferObject(), self._hung())
        except Exception as error:  # noqa: BLE001 - Qt calls this: nothing may escape
            self._troubles.fail(error)
            return
        self._is_stale = False
        ended_s = time.perf_counter()
        self._due_s = started_s + (ended_s - started_s) / _SHARE

    def _release_graphics(self) -> None:
        graphics, self._graphics = self._graphics, None
        if graphics is not None:
            self.makeCurrent()
            graphics.release()
            self.doneCurrent()

    def _hung(self) -> list[Hung]:
        """The wall in device pixels."""
        ratio = self.devicePixelRatioF()
        return self._wall.hung(round(self.width() * ratio), round(self.height() * ratio))

    def _feed_clip(self) -> None:
        clip = self._clip
        if clip is None:
            return
        tap = clip.tap
        clip.film(lambda: self.picture(tap.width_px, tap.height_px))

    # Time.

    def _tick(self) -> None:
        """Take the newest moments, if there are any; everything else rests."""
        has_moved = self._take()
        now_s = time.perf_counter()
        if self._is_stale and now_s >= self._due_s:
            self.update()
        if self._clip is not None:
            if not has_moved:
                self._clip.note_nothing_new(now_s)
            self._feed_clip()
        if now_s >= self._captions_due_s:
            self._write(now_s)

    def _take(self) -> bool:
        """Whether there are new moments, which are shown from now on."""
        frames = None if self._frames is None else self._frames.take()
        if frames is None:
            return False
        now_s = time.perf_counter()
        self._wall.take(frames, now_s)
        self._is_stale = True
        if self._clip is not None:
            self._clip.note_frame(now_s if frames.captured_s is None else frames.captured_s)
        self.moved.emit()
        return True

    def _refresh(self) -> None:
        """Something other than time has changed what is shown."""
        if self._clip is not None:
            self._clip.note_frame(time.perf_counter())
        self._place()
        self._write(time.perf_counter())
        self.moved.emit()
        self.update()

    def _write(self, now_s: float) -> None:
        self._captions_due_s = now_s + _CAPTIONS_S
        hung = self._wall.hung(self.width(), self.height()) if self.portraits else []
        self.captions.show_captions(
            [(QRect(*each.tile), self._wall.caption(each.key, now_s)) for each in hung]
        )

    def _run_timer(self) -> None:
        if self.isVisible() or self._clip is not None:
            rate_hz = min(max(self.screen().refreshRate(), _SLOWEST_HZ), _FASTEST_HZ)
            self._timer.start(round(1000 / rate_hz))
        else:
            self._timer.stop()

    # What lies over the picture.

    def _place(self) -> None:
        self.captions.setGeometry(self.rect())
        self._empty.setGeometry(self.rect())
        self._empty.setVisible(not self.portraits)
        self._beside.move(self.width() - self._beside.width() - _MARGIN_PX, _MARGIN_PX)
        self._beside.setVisible(bool(self.portraits) and self._wall.cropped is None)
        self._place_crop()

    def _place_crop(self) -> None:
        cropped = self._wall.cropped
        self._crop.setVisible(cropped is not None)
        if cropped is None:
            return
        portrait = next(each.portrait for each in self.portraits if each.id == cropped)
        tile: Tile = self._wall.hung(self.width(), self.height())[0].tile
        self._crop.lie_over(QRect(*tile))
        self._crop.edit(portrait.box, (portrait.width_px, portrait.height_px))

    def _tell_crop(self, box: CropBox) -> None:
        if self._wall.cropped is not None:
            self.crop_edited.emit(self._wall.cropped, box)

    # Events.

    def focusNextPrevChild(self, _is_next: bool) -> bool:  # noqa: N802 - Qt's name
        """Tab shows the driver here; it does not leave the view."""
        return False

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802
        if event.key() == Qt.Key.Key_Tab:
            if not event.isAutoRepeat():
                self.set_driver_alone(True)
        elif event.key() == Qt.Key.Key_Escape and self._wall.cropped is not None:
            self.set_crop_editing(None)
        else:
            super().keyPressEvent(event)

    def keyReleaseEvent(self, event: QKeyEvent) -> None:  # noqa: N802
        if event.key() != Qt.Key.Key_Tab:
            super().keyReleaseEvent(event)
        elif not event.isAutoRepeat():
            self.set_driver_alone(False)

    def focusOutEvent(self, event: QFocusEvent) -> None:  # noqa: N802
        self.set_driver_alone(False)
        super().focusOutEvent(event)

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802
        super().resizeEvent(event)
        self._place()
        self._write(time.perf_counter())

    def showEvent(self, event: QShowEvent) -> None:  # noqa: N802
        super().showEvent(event)
        self._run_timer()
        self._context_watch.begin()

    def hideEvent(self, event: QHideEvent) -> None:  # noqa: N802
        super().hideEvent(event)
        self._context_watch.end()
        self._run_timer()
