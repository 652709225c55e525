"""Render take: what, how large, from where, into which file; it asks for a `RenderJob`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QGridLayout,
    QLabel,
    QLineEdit,
    QVBoxLayout,
    QWidget,
)

from app.dialogs.camera_move import CameraMove
from app.dialogs.files import FileKind, ask_save
from app.theme import COLOURS, GRID_PX, ROW_PX
from app.widgets.buttons import icon_button
from app.widgets.drag_number import DragNumber, NumberRange
from app.widgets.fields import line, number
from app.widgets.times import clock
from avatar_core.errors import AvatarError, RecordingError
from avatar_core.motion.driver_address import place_path
from avatar_core.recording.clip import LARGEST_PX, SMALLEST_PX
from avatar_core.recording.presets import PRESETS
from avatar_core.recording.render_job import TRANSPARENT, RenderJob, Shown

if TYPE_CHECKING:
    from collections.abc import Sequence

    from app.dialogs.render_offer import RenderOffer, RenderSource
    from avatar_core.recording.film_format import FilmFormat

_LABEL_PX = 12 * GRID_PX
_SIZES: tuple[tuple[str, tuple[int, int]], ...] = (
    ("1280 x 720 (HD)", (1280, 720)),
    ("1920 x 1080 (Full HD)", (1920, 1080)),
    ("2560 x 1440", (2560, 1440)),
    ("3840 x 2160 (4K)", (3840, 2160)),
    ("1080 x 1080 (square)", (1080, 1080)),
    ("1080 x 1920 (upright)", (1080, 1920)),
    ("512 x 512", (512, 512)),
)
_RATES = (12.0, 15.0, 24.0, 25.0, 30.0, 50.0, 60.0)
_SHOWN = (
    (Shown.AVATAR, "The avatar"),
    (Shown.PORTRAIT, "The first portrait"),
    (Shown.SIDE_BY_SIDE, "Both side by side"),
    (Shown.TWO_FILES, "Both, in two files"),
)
_SMOOTH = (
    (1, "As drawn"),
    (2, "Smooth edges (2 x 2)"),
    (3, "Smoother (3 x 3)"),
    (4, "4 x 4, slow"),
)
_ABOUT = (
    "Every frame is drawn at full quality, in the background; you can go on working, and later"
    " edits do not reach this film: it shows the project as it is now."
)


class RenderTakeDialog(QDialog):
    """A few fields that all have sensible values from the start.

    Args:
        offer: what the project has.
        parent: the window.
    """

    chosen = Signal(object, str)
    """A `RenderJob` without its project, and its title."""

    def __init__(self, offer: RenderOffer, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("Render take")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setMinimumWidth(72 * GRID_PX)
        self._offer = offer
        self._suggested = ""
        self.source = _choice([(each.title, each) for each in offer.sources])
        self.shown = _choice([(title, shown) for shown, title in _SHOWN])
        presets = [each for each in PRESETS.values() if each.format in offer.formats]
        self.preset = _choice([
            ("What is chosen below", ""), *((each.title, each.key) for each in presets),
        ])  # fmt: skip
        for at, each in enumerate(presets):
            self.preset.setItemData(at + 1, each.tip, Qt.ItemDataRole.ToolTipRole)
        self.picture_size = _choice([*_SIZES, ("Other …", None)])
        pixels = NumberRange(SMALLEST_PX, LARGEST_PX, 1280, 2, 0, suffix=" px")
        self.width_px = _quantity(pixels, 1280, "Width", "Width of the picture")
        self.height_px = _quantity(pixels, 720, "Height", "Height of the picture")
        self._other_size = QWidget()
        self._other_size.setLayout(line(self.width_px, self.height_px))
        self.fps = _choice([("The take's own", None), *((f"{each:g}", each) for each in _RATES)])
        frames = NumberRange(0, 9_999_999, 0, 1, 0)
        self.first = _quantity(frames, 0, "From", "First frame; the take begins with 0")
        self.last = _quantity(frames, 0, "To", "Last frame, included")
        self.smooth = _choice([(title, factor) for factor, title in _SMOOTH])
        self.background = _choice([
            ("As in the project", ""), ("Transparent", TRANSPARENT), ("Green screen", "#00ff00"),
            ("Black", "#000000"), ("White", "#ffffff"),
        ])  # fmt: skip
        self.format = _choice([(each.title, each) for each in offer.formats])
        self.camera = CameraMove(offer.view, offer.bookmarks)
        self.path = QLineEdit()
        self.path.setAccessibleName("File of the film")
        self._browse = icon_button("folder", "Choose where the film goes", self._ask_path)
        self.outcome = QLabel(wordWrap=True)
        self.outcome.setMinimumHeight(2 * ROW_PX)
        self._lay_out()
        self._connect()
        self._follow_source()
        self._follow_format()

    @property
    def job(self) -> RenderJob:
        """What the fields ask for now, without a project.

        Raises:
            RecordingError: no film can be like that.
        """
        width, height = self._size
        source: RenderSource = self.source.currentData()
        count = self._frame_count
        first, last = round(self.first.value), round(self.last.value)
        is_whole = count is None or (first, last) == (0, count - 1)
        return RenderJob(
            out=str(place_path(self.path.text().strip()).absolute()),
            take=source.take,
            drive=source.drive,
            shown=self._shown,
            width=width,
            height=height,
            fps=self.fps.currentData(),
            first_frame=0 if is_whole else first,
            last_frame=None if is_whole else last,
            supersample=self.smooth.currentData(),
            background=self.background.currentData(),
            format=self._format.key,
            camera=self.camera.plan(source.duration_s),
        )

    @property
    def _format(self) -> FilmFormat:
        film_format: FilmFormat = self.format.currentData()
        return film_format

    @property
    def _shown(self) -> Shown:
        return Shown(self.shown.currentData())  # Qt hands back plain text

    @property
    def _size(self) -> tuple[int, int]:
        chosen: tuple[int, int] | None = self.picture_size.currentData()
        if chosen is None:
            return round(self.width_px.value), round(self.height_px.value)
        width, height = chosen
        return width, height

    @property
    def _rate(self) -> float | None:
        source: RenderSource = self.source.currentData()
        return self.fps.currentData() or source.fps

    @property
    def _frame_count(self) -> int | None:
        source: RenderSource = self.source.currentData()
        if source.duration_s is None or self._rate is None:
            return None
        return max(1, round(source.duration_s * self._rate))

    def _lay_out(self) -> None:
        words = QLabel(_ABOUT, wordWrap=True)
        words.setProperty("role", "dim")
        self._grid = QGridLayout()
        self._grid.setHorizontalSpacing(GRID_PX)
        self._grid.setVerticalSpacing(GRID_PX // 2)
        self._grid.setColumnStretch(1, 1)
        self._grid.setColumnStretch(2, 1)
        self._row("Performance", self.source)
        self._row("Who is seen", self.shown)
        self._row("Made for", self.preset)
        self._row("Size", self.picture_size)
        self._row("", self._other_size)
        self._row("Frames a second", self.fps)
        self._row("Frames", self.first, self.last)
        self._row("Camera", self.camera)
        self._row("Edges", self.smooth)
        self._row("Background", self.background)
        self._row("Format", self.format)
        self._row("File", self.path)
        self._grid.addWidget(self._browse, self._grid.rowCount() - 1, 3)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Cancel)
        self.go = buttons.addButton("Add to queue", QDialogButtonBox.ButtonRole.AcceptRole)
        self.go.setDefault(True)
        buttons.accepted.connect(self._accept)
        buttons.rejected.connect(self.reject)
        layout = QVBoxLayout(self)
        layout.setSizeConstraint(QVBoxLayout.SizeConstraint.SetMinimumSize)
        layout.setContentsMargins(GRID_PX * 2, GRID_PX * 2, GRID_PX * 2, GRID_PX * 2)
        layout.setSpacing(GRID_PX)
        layout.addWidget(words)
        layout.addLayout(self._grid)
        layout.addStretch(1)
        layout.addWidget(self.outcome)
        layout.addWidget(buttons)

    def _row(self, name: str, *fields: QWidget) -> None:
        row = self._grid.rowCount()
        label = QLabel(name)
        label.setVisible(bool(name))
        label.setProperty("role", "dim")
        label.setMinimumWidth(_LABEL_PX)
        label.setFixedHeight(ROW_PX)
        self._grid.addWidget(label, row, 0, Qt.AlignmentFlag.AlignTop)
        if len(fields) == 1:
            self._grid.addWidget(fields[0], row, 1, 1, 2)
            fields[0].setAccessibleName(fields[0].accessibleName() or name)
            return
        for place, each in enumerate(fields):
            self._grid.addWidget(each, row, 1 + place)

    def _connect(self) -> None:
        self.source.currentIndexChanged.connect(self._follow_source)
        self.fps.currentIndexChanged.connect(self._follow_rate)
        self.format.currentIndexChanged.connect(self._follow_format)
        self.preset.currentIndexChanged.connect(self._follow_preset)
        for choice in (self.shown, self.picture_size, self.smooth, self.background):
            choice.currentIndexChanged.connect(self._refresh)
        for field in (self.width_px, self.height_px, self.first, self.last):
            field.value_edited.connect(field.set_value)
            field.value_edited.connect(self._refresh)
        self.camera.changed.connect(self._refresh)
        self.path.textChanged.connect(self._refresh)

    def _follow_source(self) -> None:
        source: RenderSource = self.source.currentData()
        self.camera.set_duration(source.duration_s)
        self._suggest()
        self._follow_rate()

    def _follow_rate(self) -> None:
        count = self._frame_count
        self.first.set_value(0)
        self.last.set_value(0 if count is None else count - 1)
        for field in (self.first, self.last):
            field.setEnabled(count is not None)
        self._refresh()

    def _follow_format(self) -> None:
        model = self.background.model()
        index = model.index(1, 0)
        flags = Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable
        keeps = self._format.keeps_alpha
        model.setData(index, flags.value if keeps else 0, Qt.ItemDataRole.UserRole - 1)
        if not keeps and self.background.currentIndex() == 1:
            self.background.setCurrentIndex(0)
        self._suggest()
        self._refresh()

    def _follow_preset(self) -> None:
        """Fill in what a preset says; all of it can be changed afterwards."""
        preset = PRESETS.get(self.preset.currentData())
        if preset is None:
            return
        if preset.size is not None:
            known = [size for _title, size in _SIZES]
            is_known = preset.size in known
            self.picture_size.setCurrentIndex(known.index(preset.size) if is_known else len(known))
            self.width_px.set_value(preset.size[0])
            self.height_px.set_value(preset.size[1])
        if preset.fps is not None:
            rates = [None, *_RATES]
            self.fps.setCurrentIndex(rates.index(preset.fps) if preset.fps in rates else 0)
        self.format.setCurrentIndex(list(self._offer.formats).index(preset.format))
        self.background.setCurrentIndex(1 if preset.alpha else 0)

    def _suggest(self) -> None:
        """A name that is free, as long as the user has not written one."""
        if self.path.text() not in ("", self._suggested):
            path = Path(self.path.text())
            is_film = path.suffix.lower() in {each.suffix for each in self._offer.formats}
            name = path.stem if is_film else path.name
            self.path.setText(str(path.parent / f"{name}{self._format.suffix}"))
            return
        source: RenderSource = self.source.currentData()
        self._suggested = str(self._offer.free_path(source.title, self._format.suffix))
        self.path.setText(self._suggested)

    def _ask_path(self) -> None:
        suffix = self._format.suffix.removeprefix(".")
        kind = FileKind(self._format.name, (suffix,)) if suffix else FileKind("Folder", ("",))
        ask_save(
            self, "Film", Path(self.path.text()), kind, lambda path: self.path.setText(str(path))
        )

    def _refresh(self) -> None:
        self._other_size.setVisible(self.picture_size.currentData() is None)
        self.shown.setEnabled(self._offer.has_portraits)
        self.camera.setEnabled(self._shown is not Shown.PORTRAIT)
        try:
            self._say(self._told(self.job), is_possible=True)
        except AvatarError as error:
            self._say(str(error), is_possible=False)

    def _told(self, job: RenderJob) -> str:
        """What comes of a job; raises where the take has not got its frames."""
        parts = [f"{job.film_width} x {job.height}"]
        count, rate = self._frame_count, self._rate
        if count is not None and rate is not None:
            last = count - 1 if job.last_frame is None else job.last_frame
            if last >= count:
                raise RecordingError(
                    f"At {rate:g} frames a second there are the frames 0 to {count - 1}.",
                    "Choose an earlier last frame.",
                )
            length = last - job.first_frame + 1
            parts.append(f"{length} frames, {clock(length / rate)}")
        replaced = [Path(film.out) for film in job.films() if self._offer.is_taken(Path(film.out))]
        if replaced:
            parts.append(f"replaces {' and '.join(film.name for film in replaced)}")
        return "; ".join(parts)

    def _say(self, outcome: str, *, is_possible: bool) -> None:
        is_ranged = self.first.value <= self.last.value
        colour = COLOURS.text if is_possible and is_ranged else COLOURS.warning
        self.outcome.setTextFormat(Qt.TextFormat.PlainText)
        self.outcome.setStyleSheet(f"color: {colour}")
        self.outcome.setText(outcome if is_ranged else "The last frame comes before the first one.")
        self.go.setEnabled(is_possible and is_ranged and bool(self.path.text().strip()))

    def _accept(self) -> None:
        job = self.job
        self.chosen.emit(job, Path(job.out).name)
        self.accept()


def _choice(entries: Sequence[tuple[str, object]]) -> QComboBox:
    box = QComboBox()
    for title, value in entries:
        box.addItem(title, value)
    return box


def _quantity(limits: NumberRange, value: float, label: str, tip: str) -> DragNumber:
    field = number(limits, label, tip)
    field.set_value(value)
    return field
