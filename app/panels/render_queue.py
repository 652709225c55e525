"""The Render queue panel: films that are rendered in the background, one after the other."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QSignalBlocker, QSize, Qt, Signal
from PySide6.QtGui import QPixmap
from PySide6.QtWidgets import (
    QHBoxLayout,
    QLabel,
    QListWidget,
    QListWidgetItem,
    QProgressBar,
    QPushButton,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from app.icons import icon
from app.theme import COLOURS, GRID_PX
from app.widgets.buttons import icon_button
from app.widgets.elided_label import ElidedLabel
from app.widgets.panel import Panel
from app.widgets.times import duration
from avatar_core.batch.queue_store import JobState

if TYPE_CHECKING:
    from collections.abc import Sequence

    from PySide6.QtGui import QAction

    from avatar_core.batch.queue_store import QueuedJob
    from avatar_core.batch.render_events import ShareTold

_PICTURE_PX = QSize(12 * GRID_PX, 8 * GRID_PX)
_ROW_PX = 10 * GRID_PX
_STEPS = 1000
_PHASES = {"reading": "Tracking the film", "drawing": "Drawing", "writing": "Writing the film"}
_EMPTY = (
    "Nothing is queued. File, Render take … adds a film: the performance at full quality, in any"
    " size, as the avatar looks now. It is drawn in the background while you go on."
)


@dataclass(frozen=True, slots=True)
class JobWords:
    """What a row says.

    Args:
        title: of the job.
        about: size, rate, when it was queued.
        status: where it stands, in words.
        colour: of the status.
    """

    title: str
    about: str
    status: str
    colour: str


def words_of(job: QueuedJob) -> JobWords:
    """What a row says of a job that is not at work."""
    wanted = job.job
    rate = "" if wanted.fps is None else f", {wanted.fps:g} fps"
    queued = f"{job.queued.astimezone():%d %b, %H:%M}"
    about = f"{wanted.width} x {wanted.height}{rate}; as it was on {queued}"
    percent = f"{100 * job.share:.0f} %"
    status, colour = {
        JobState.WAITING: ("Waits for its turn", COLOURS.text_dim),
        JobState.RUNNING: ("Starting", COLOURS.text),
        JobState.PAUSED: (f"Paused at {percent}" if job.share else "Paused", COLOURS.text_dim),
        JobState.DONE: ("Done", COLOURS.good),
        JobState.FAILED: (str(job.error or "It failed."), COLOURS.warning),
    }[job.state]
    return JobWords(job.title or Path(wanted.out).name, about, status, colour)


class RenderRow(QWidget):
    """One job: the latest picture, how far it is, and what can be done with it."""

    paused = Signal()
    resumed = Signal()
    moved = Signal(int)
    removed = Signal()
    shown = Signal()

    def __init__(self, job: QueuedJob, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._job = job
        self.picture = QLabel(alignment=Qt.AlignmentFlag.AlignCenter)
        self.picture.setFixedSize(_PICTURE_PX)
        self.title = ElidedLabel("")
        self.title.setProperty("role", "heading")
        self.about = ElidedLabel("")
        self.about.setProperty("role", "dim")
        self.status = QLabel(wordWrap=True, textFormat=Qt.TextFormat.PlainText)
        self.status.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self.progress = QProgressBar(textVisible=False)
        self.progress.setRange(0, _STEPS)
        self.progress.setFixedHeight(GRID_PX // 2)
        self.pause = icon_button("pause", "Pause; what was drawn is kept", self.paused.emit)
        self.resume = icon_button("play", "Resume where it stopped", self.resumed.emit)
        self.up = icon_button("raise", "Render earlier", lambda: self.moved.emit(-1))
        self.down = icon_button("lower", "Render later", lambda: self.moved.emit(1))
        self.folder = icon_button("folder", "Show the film's folder", self.shown.emit)
        self.remove = icon_button("delete", "Cancel", self.removed.emit)
        self._lay_out()
        self.show_job(job)

    def show_job(self, job: QueuedJob) -> None:
        """Show where a job stands, and offer what can be done with it."""
        is_new_picture = self.picture.pixmap().isNull() or job.state is not self._job.state
        self._job = job
        words = words_of(job)
        self.title.setText(words.title)
        self.title.setToolTip("\n".join(str(path) for path in job.films))
        self.about.setText(words.about)
        self._say(words.status, words.colour)
        self.progress.setValue(round(_STEPS * job.share))
        self.progress.setVisible(job.state in (JobState.RUNNING, JobState.PAUSED))
        self.pause.setVisible(job.state in (JobState.RUNNING, JobState.WAITING))
        self.pause.setEnabled(True)
        self.resume.setVisible(job.state in (JobState.PAUSED, JobState.FAILED))
        is_over = job.state is JobState.DONE
        tip = (
            "Take it off the list; the film stays"
            if is_over
            else "Cancel, and forget what was drawn"
        )
        self.remove.setToolTip(tip)
        self.remove.setAccessibleName(tip)
        if is_new_picture:
            self.show_picture()

    def show_share(self, told: ShareTold) -> None:
        """Show how far it is while it is at work."""
        self.progress.setValue(round(_STEPS * told.share))
        parts = [f"{_PHASES.get(told.phase, 'At work')} {told.done} of {told.total}"]
        if told.eta_s is not None:
            parts.append(f"{duration(told.eta_s)} left")
        self._say(", ".join(parts), COLOURS.text)

    def show_stopping(self) -> None:
        """It was asked to pause and finishes its picture."""
        self.pause.setEnabled(False)
        self._say("Pausing …", COLOURS.text_dim)

    def show_picture(self) -> None:
        """Read the latest picture."""
        picture = QPixmap(str(self._job.preview)) if self._job.preview.is_file() else QPixmap()
        if picture.isNull():
            self.picture.setPixmap(icon("clip", COLOURS.text_off).pixmap(QSize(24, 24)))
            return
        ratio = self.devicePixelRatioF()
        small = picture.scaled(
            _PICTURE_PX * ratio,
            Qt.AspectRatioMode.KeepAspectRatio,
            Qt.TransformationMode.SmoothTransformation,
        )
        small.setDevicePixelRatio(ratio)
        self.picture.setPixmap(small)

    def _say(self, status: str, colour: str) -> None:
        self.status.setText(status)
        self.status.setToolTip(status)
        self.status.setStyleSheet(f"color: {colour}")

    def _lay_out(self) -> None:
        buttons = QHBoxLayout()
        buttons.setSpacing(0)
        for each in (self.pause, self.resume, self.up, self.down, self.folder, self.remove):
            buttons.addWidget(each)
        top = QHBoxLayout()
        top.setSpacing(GRID_PX // 2)
        top.addWidget(self.title, 1)
        top.addLayout(buttons)
        words = QVBoxLayout()
        words.setSpacing(2)
        words.addLayout(top)
        words.addWidget(self.about)
        words.addWidget(self.status)
        words.addWidget(self.progress)
        words.addStretch(1)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(GRID_PX // 2, GRID_PX // 2, GRID_PX // 2, GRID_PX // 2)
        layout.setSpacing(GRID_PX)
        layout.addWidget(self.picture)
        layout.addLayout(words, 1)


class RenderQueuePanel(Panel):
    """All jobs, the one at work first; every signal brings the id of its job.

    Args:
        add: the action that queues another film.
    """

    pause_requested = Signal(str)
    resume_requested = Signal(str)
    move_requested = Signal(str, int)
    remove_requested = Signal(str)
    folder_requested = Signal(str)
    resume_all_requested = Signal()
    clear_requested = Signal()

    def __init__(self, add: QAction, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._rows: dict[str, RenderRow] = {}
        self.add = QPushButton(icon("add"), "Render take …")
        self.add.setToolTip(add.toolTip())
        self.add.clicked.connect(add.trigger)
        self.resume_all = QPushButton(icon("play"), "Resume all")
        self.resume_all.setToolTip("Go on with everything that is paused")
        self.resume_all.clicked.connect(self.resume_all_requested)
        self.clear = QPushButton("Clear done")
        self.clear.setToolTip("Take finished films off the list; the films stay")
        self.clear.clicked.connect(self.clear_requested)
        self.empty = QLabel(_EMPTY, wordWrap=True)
        self.empty.setProperty("role", "dim")
        self.list = QListWidget()
        self.list.setAccessibleName("Render queue")
        self.list.setSelectionMode(QListWidget.SelectionMode.NoSelection)
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.list.setVerticalScrollMode(QListWidget.ScrollMode.ScrollPerPixel)
        buttons = QHBoxLayout()
        buttons.setSpacing(GRID_PX // 2)
        for button in (self.add, self.resume_all, self.clear):
            buttons.addWidget(button)
        buttons.addStretch(1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(GRID_PX, GRID_PX, GRID_PX, GRID_PX)
        layout.setSpacing(GRID_PX)
        layout.addLayout(buttons)
        layout.addWidget(self.empty)
        layout.addWidget(self.list, 1)
        layout.addStretch()
        self.show_jobs(())

    def show_jobs(self, jobs: Sequence[QueuedJob]) -> None:
        """Show jobs in this order; rows of those that were there stay what they are."""
        if [job.id for job in jobs] != list(self._rows):
            self._rebuild(jobs)
        for place, job in enumerate(jobs):
            row = self._rows[job.id]
            row.show_job(job)
            row.up.setEnabled(place > 0)
            row.down.setEnabled(place + 1 < len(jobs))
        states = {job.state for job in jobs}
        self.empty.setVisible(not jobs)
        self.list.setVisible(bool(jobs))
        self.resume_all.setVisible(JobState.PAUSED in states)
        self.clear.setVisible(JobState.DONE in states)

    def row(self, job_id: str) -> RenderRow | None:
        return self._rows.get(job_id)

    def _rebuild(self, jobs: Sequence[QueuedJob]) -> None:
        with QSignalBlocker(self.list):
            self.list.clear()
            self._rows = {job.id: self._row(job) for job in jobs}
            for job in jobs:
                item = QListWidgetItem(self.list)
                item.setSizeHint(QSize(0, _ROW_PX))
                item.setData(Qt.ItemDataRole.AccessibleTextRole, words_of(job).title)
                self.list.setItemWidget(item, self._rows[job.id])

    def _row(self, job: QueuedJob) -> RenderRow:
        row, job_id = RenderRow(job), job.id
        row.paused.connect(lambda: self.pause_requested.emit(job_id))
        row.resumed.connect(lambda: self.resume_requested.emit(job_id))
        row.moved.connect(lambda by: self.move_requested.emit(job_id, by))
        row.removed.connect(lambda: self.remove_requested.emit(job_id))
        row.shown.connect(lambda: self.folder_requested.emit(job_id))
        return row
