"""The pictures of a capture, one at a time, with what belongs to them drawn over."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QSignalBlocker, Qt, Signal
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QLabel, QSlider, QVBoxLayout, QWidget

from app.theme import GRID_PX, number_font
from app.widgets.buttons import action_button
from app.widgets.panel import Panel
from app.widgets.picture_view import PictureView

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from PySide6.QtGui import QAction

    from avatar_core.geometry import UInt8
    from avatar_core.training.capture_frames import CaptureFrame

_EMPTY = "Drop the folder of a capture here, or choose one at the left, to see its pictures."


class CapturePictures(Panel):
    """Steps through series and frames.

    Args:
        steps: actions for the frame before and the next one.
        overlays: checkable actions for what is drawn over the picture.
        parent: the owner.
    """

    frame_chosen = Signal(object)
    """A `CaptureFrame` that is to be shown."""

    def __init__(
        self, steps: Sequence[QAction], overlays: Sequence[QAction], parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._series: dict[str, tuple[CaptureFrame, ...]] = {}
        self._picture = PictureView(_EMPTY)
        self._names = QComboBox()
        self._names.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)
        self._names.setMinimumContentsLength(6)
        self._names.setToolTip("The series whose pictures are shown")
        self._names.currentIndexChanged.connect(self._series_changed)
        self._slider = QSlider(Qt.Orientation.Horizontal)
        self._slider.setToolTip("Step through the pictures of the series")
        self._slider.valueChanged.connect(lambda _value: self._tell())
        self._count, self._about = QLabel(), QLabel()
        self._count.setFont(number_font())
        self._about.setProperty("role", "dim")
        tools = QHBoxLayout()
        tools.setContentsMargins(GRID_PX, GRID_PX // 2, GRID_PX, GRID_PX // 2)
        tools.setSpacing(GRID_PX)
        tools.addWidget(self._names)
        tools.addWidget(action_button(steps[0]))
        tools.addWidget(self._slider, stretch=1)
        tools.addWidget(action_button(steps[1]))
        tools.addWidget(self._count)
        tools.addWidget(self._about)
        tools.addSpacing(GRID_PX)
        for action in overlays:
            tools.addWidget(action_button(action))
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addLayout(tools)
        layout.addWidget(self._picture, stretch=1)
        self._tools = (self._names, self._slider)
        self._show_position()

    def show_series(self, series: Mapping[str, tuple[CaptureFrame, ...]]) -> None:
        """Take the frames of a capture; asks for the first one."""
        self._series = {name: frames for name, frames in series.items() if frames}
        with QSignalBlocker(self._names):
            self._names.clear()
            self._names.addItems(list(self._series))
        self._picture.say(_EMPTY)
        self._series_changed()

    def show_picture(self, picture: UInt8) -> None:
        """Show [H, W, 3] sRGB."""
        pixels = np.ascontiguousarray(picture)
        height, width, _ = pixels.shape
        image = QImage(pixels.data, width, height, 3 * width, QImage.Format.Format_RGB888)
        self._picture.show_picture(image.copy())  # the array goes, the picture stays

    def show_failure(self, message: str) -> None:
        self._picture.say(message)

    def choose_series(self, name: str) -> None:
        """Go to a series."""
        if name in self._series:
            self._names.setCurrentText(name)

    def choose_frame(self, name: str) -> None:
        """Go to a frame by its name."""
        for series, frames in self._series.items():
            for number, frame in enumerate(frames):
                if frame.name == name:
                    self._go_to(series, number)
                    return

    def choose_camera(self, index: int) -> None:
        """Go to a frame of a camera, of the same series and moment where there is one."""
        now = self.frame
        found = [
            (frame.series != self._names.currentText(), now is None or
             frame.timestep != now.timestep, series, number)
            for series, frames in self._series.items()
            for number, frame in enumerate(frames)
            if frame.camera_index == index
        ]  # fmt: skip
        if found:
            *_, series, number = min(found)
            self._go_to(series, number)

    def step(self, by: int) -> None:
        """Go on or back; the last frame is followed by the first."""
        frames = self._frames
        if frames:
            self._slider.setValue((self._slider.value() + by) % len(frames))

    @property
    def frame(self) -> CaptureFrame | None:
        """The frame that is shown."""
        frames = self._frames
        return frames[self._slider.value()] if frames else None

    @property
    def picture(self) -> PictureView:
        return self._picture

    @property
    def position(self) -> str:
        """Which of how many frames this is, and what it is."""
        return f"{self._count.text()} {self._about.text()}".strip()

    @property
    def _frames(self) -> tuple[CaptureFrame, ...]:
        return self._series.get(self._names.currentText(), ())

    def _go_to(self, series: str, number: int) -> None:
        with QSignalBlocker(self._names), QSignalBlocker(self._slider):
            self._names.setCurrentText(series)
            self._slider.setRange(0, max(len(self._frames) - 1, 0))
            self._slider.setValue(number)
        self._tell()

    def _series_changed(self) -> None:
        with QSignalBlocker(self._slider):
            self._slider.setRange(0, max(len(self._frames) - 1, 0))
            self._slider.setValue(0)
        self._tell()

    def _tell(self) -> None:
        self._show_position()
        if self.frame is not None:
            self.frame_chosen.emit(self.frame)

    def _show_position(self) -> None:
        frame, frames = self.frame, self._frames
        for tool in self._tools:
            tool.setEnabled(bool(frames))
        if frame is None:
            self._count.setText("")
            self._about.setText("")
            return
        self._count.setText(f"{self._slider.value() + 1} / {len(frames)}")
        self._about.setText(f"{frame.expression_name}, camera {frame.camera_index}")
