"""The run: what is trained, where it goes, how far it is."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from PySide6.QtCore import QSignalBlocker, Qt, Signal
from PySide6.QtWidgets import (
    QComboBox,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QProgressBar,
    QPushButton,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from app.icons import icon
from app.theme import GRID_PX
from app.widgets.buttons import icon_button
from app.widgets.panel import Panel
from app.widgets.times import duration

if TYPE_CHECKING:
    from collections.abc import Callable

    from avatar_core.training.run_events import StepTold

PRESETS = (
    ("compact", "Compact", "For a processor: 30,000 Gaussians, textures of 512. An hour or two."),
    ("draft", "Draft", "To see whether a capture is sound: textures of 256. Some minutes."),
    ("official", "Official", "For a graphics card with CUDA: 150,000 Gaussians, textures of 1024."),
)  # fmt: skip
DEVICES = (("auto", "Automatic"), ("cpu", "Processor"))
CUDA = ("cuda", "Graphics card (CUDA)")
_STEPS = 1000


class RunState(StrEnum):
    """Where a run stands."""

    IDLE = "idle"
    STARTING = "starting"
    RUNNING = "running"
    STOPPING = "stopping"
    PAUSED = "paused"
    FINISHED = "finished"


_LOCKED = (RunState.STARTING, RunState.RUNNING, RunState.STOPPING, RunState.PAUSED)


@dataclass(frozen=True, slots=True)
class RunChoices:
    """What the form says.

    Args:
        name: of the avatar.
        preset: "compact", "draft" or "official".
        device: "auto", "cpu" or "cuda".
        folder: of the run, empty when none is chosen.
        flame: the user's FLAME files, empty when not needed.
    """

    name: str
    preset: str
    device: str
    folder: str
    flame: str


class TrainingPanel(Panel):
    """Asks for a run, shows its progress, offers its avatar."""

    start_requested = Signal()
    """Start or resume, as the button says."""
    pause_requested = Signal()
    cancel_requested = Signal()
    stage_requested = Signal()
    """Bring the finished avatar onto the stage."""
    folder_requested = Signal()
    """Ask for another folder of the run."""
    flame_requested = Signal()
    choices_changed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._state = RunState.IDLE
        self._may_start = self._resumes = self._has_avatar = False
        content = QWidget()
        content.setObjectName("scrolled")
        column = QVBoxLayout(content)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(GRID_PX)
        column.addLayout(self._build_form())
        column.addLayout(self._build_buttons())
        column.addWidget(self._build_progress())
        column.addStretch(1)
        scroll = QScrollArea()
        scroll.setWidgetResizable(True)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        scroll.setWidget(content)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(GRID_PX, GRID_PX, GRID_PX, GRID_PX)
        layout.addWidget(scroll)
        self.show_state(RunState.IDLE)

    # what is asked

    @property
    def choices(self) -> RunChoices:
        return RunChoices(
            self.name.text().strip(),
            str(self.preset.currentData()),
            str(self.device.currentData()),
            self.folder.text().strip(),
            self.flame.text().strip() if self._flame_row.isVisibleTo(self) else "",
        )

    def fill_in(
        self, *, name: str | None = None, preset: str | None = None, device: str | None = None,
        folder: str | None = None, flame: str | None = None,
    ) -> None:  # fmt: skip
        """Put values into the form; emits nothing."""
        for field, text in ((self.name, name), (self.folder, folder), (self.flame, flame)):
            if text is not None and field.text() != text:
                with QSignalBlocker(field):
                    field.setText(text)
        for box, data in ((self.preset, preset), (self.device, device)):
            index = -1 if data is None else box.findData(data)
            if index >= 0:
                with QSignalBlocker(box):
                    box.setCurrentIndex(index)
        self._show_preset()

    def offer_cuda(self) -> None:
        """There is a CUDA device to choose."""
        if self.device.findData(CUDA[0]) < 0:
            with QSignalBlocker(self.device):
                self.device.addItem(CUDA[1], CUDA[0])

    def ask_flame(self, *, is_needed: bool) -> None:
        """Whether the capture needs the user's FLAME files."""
        self._flame_label.setVisible(is_needed)
        self._flame_row.setVisible(is_needed)

    # what is told

    def show_folder(self, words: str, *, may_start: bool, resumes: bool, warns: bool) -> None:
        """Say what the chosen folder means for the run."""
        self._folder_words.setText(words)
        _set_role(self._folder_words, "warning" if warns else "dim")
        self._may_start, self._resumes = may_start, resumes
        self._show_buttons()

    def show_state(self, state: RunState, words: str = "", hint: str = "") -> None:
        """Show where the run stands, with a sentence about it."""
        self._state = state
        is_locked = state in _LOCKED
        for field in (self.name, self.preset, self.device, self._folder_row, self._flame_row):
            field.setEnabled(not is_locked)
        self._status.setText(words)
        self._status.setVisible(bool(words))
        self._folder_words.setVisible(not is_locked)
        self._hint.setText(hint)
        self._hint.setVisible(bool(hint))
        has_bar = is_locked or state is RunState.FINISHED
        self.progress.setVisible(has_bar)
        if state is RunState.STARTING:
            self.progress.setRange(0, 0)
        elif self.progress.maximum() == 0:
            self.progress.setRange(0, _STEPS)
            self.progress.setValue(0)
        if not is_locked:
            self._numbers.hide()
        self._show_buttons()

    def show_step(self, told: StepTold) -> None:
        """Show how far the run is."""
        self.show_progress(told.step, told.total)
        left = "" if told.eta_s is None else f"  ·  about {duration(told.eta_s)} left"
        if told.step >= told.total:
            self._numbers.setText("All steps are done. The avatar is measured and written …")
        else:
            self._numbers.setText(
                f"{told.stage.capitalize()} stage, step {told.stage_step:,} of"
                f" {told.stage_steps:,}\n{told.step:,} of {told.total:,} steps{left}"
            )
        self._numbers.show()

    def show_progress(self, step: int, total: int) -> None:
        """Fill the bar."""
        self.progress.setRange(0, _STEPS)
        self.progress.setValue(round(_STEPS * step / max(total, 1)))

    def offer_avatar(self, name: str) -> None:
        """Offer a finished avatar for the stage; none when empty."""
        self._has_avatar = bool(name)
        self.stage_button.setText(f"Put {name} on the stage")
        self._show_buttons()

    @property
    def state(self) -> RunState:
        return self._state

    @property
    def can_start(self) -> bool:
        return self._state is RunState.PAUSED or (
            self._may_start and self._state not in _LOCKED and not self._has_avatar
        )

    @property
    def can_pause(self) -> bool:
        return self._state in (RunState.STARTING, RunState.RUNNING)

    @property
    def can_cancel(self) -> bool:
        return self.can_pause or self._state is RunState.PAUSED

    @property
    def status(self) -> str:
        """The sentence about the run and its hint."""
        return f"{self._status.text()} {self._hint.text()}".strip()

    @property
    def numbers(self) -> str:
        return self._numbers.text()

    @property
    def folder_words(self) -> str:
        return self._folder_words.text()

    # building

    def _build_form(self) -> QGridLayout:
        self.name, self.folder, self.flame = QLineEdit(), QLineEdit(), QLineEdit()
        self.name.setPlaceholderText("Name of the capture")
        self.name.setToolTip("What the library will call the avatar")
        self.folder.setToolTip("Checkpoints, previews and the avatar are written here")
        self.folder.setPlaceholderText("Folder for this run")
        self.preset, self.device = QComboBox(), QComboBox()
        self.preset.setToolTip("How large the networks are and how long they are trained")
        self.device.setToolTip("What computes; automatic takes the fastest that can train")
        for data, title, _ in PRESETS:
            self.preset.addItem(title, data)
        for data, title in DEVICES:
            self.device.addItem(title, data)
        self._preset_words, self._folder_words = _words("dim"), _words("dim")
        self._folder_row = _row(
            self.folder, "Choose the folder of the run", self.folder_requested.emit
        )
        self._flame_row = _row(self.flame, "Choose your FLAME files", self.flame_requested.emit)
        self._flame_label = _label("FLAME files")
        form = QGridLayout()  # a form layout gives words that wrap too much height
        form.setHorizontalSpacing(GRID_PX)
        form.setVerticalSpacing(GRID_PX // 2)
        form.setColumnStretch(1, 1)
        rows: tuple[tuple[QLabel, QWidget], ...] = (
            (_label("Avatar"), self.name),
            (_label("Preset"), self.preset),
            (QLabel(), self._preset_words),
            (_label("Device"), self.device),
            (self._flame_label, self._flame_row),
            (_label("Run"), self._folder_row),
            (QLabel(), self._folder_words),
        )
        for number, (label, field) in enumerate(rows):
            form.addWidget(label, number, 0, Qt.AlignmentFlag.AlignRight)
            form.addWidget(field, number, 1)
        self.ask_flame(is_needed=False)
        self._show_preset()
        for field in (self.name, self.folder, self.flame):
            field.textEdited.connect(self.choices_changed)
        self.preset.currentIndexChanged.connect(self._preset_chosen)
        self.device.currentIndexChanged.connect(self.choices_changed)
        return form

    def _build_buttons(self) -> QHBoxLayout:
        self.start_button = QPushButton(icon("play", "#ffffff"), "Start")
        self.start_button.setDefault(True)
        self.pause_button = QPushButton(icon("pause"), "Pause")
        self.pause_button.setToolTip("Keep what is learnt and free processor and memory (Ctrl+.)")
        self.cancel_button = QPushButton(icon("stop"), "Cancel …")
        self.cancel_button.setToolTip("Stop the run; asks what becomes of it")
        self.stage_button = QPushButton(icon("library", "#ffffff"), "Put on the stage")
        self.stage_button.setDefault(True)
        self.stage_button.setToolTip("Bring the avatar onto the stage; undo brings the former back")
        self.start_button.clicked.connect(self.start_requested)
        self.pause_button.clicked.connect(self.pause_requested)
        self.cancel_button.clicked.connect(self.cancel_requested)
        self.stage_button.clicked.connect(self.stage_requested)
        row = QHBoxLayout()
        row.setSpacing(GRID_PX // 2)
        for button in (self.start_button, self.pause_button, self.stage_button):
            row.addWidget(button, stretch=1)
        row.addWidget(self.cancel_button)
        return row

    def _build_progress(self) -> QWidget:
        box = QWidget()
        self.progress = QProgressBar()
        self.progress.setRange(0, _STEPS)
        self.progress.setTextVisible(False)
        self.progress.setFixedHeight(GRID_PX)
        self._numbers, self._status, self._hint = _words(""), _words(""), _words("dim")
        column = QVBoxLayout(box)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(GRID_PX // 2)
        for part in (self.progress, self._numbers, self._status, self._hint):
            column.addWidget(part)
        return box

    def _preset_chosen(self) -> None:
        self._show_preset()
        self.choices_changed.emit()

    def _show_preset(self) -> None:
        self._preset_words.setText(PRESETS[max(self.preset.currentIndex(), 0)][2])

    def _show_buttons(self) -> None:
        state = self._state
        is_busy = state in (RunState.STARTING, RunState.RUNNING, RunState.STOPPING)
        goes_on = self._resumes or state is RunState.PAUSED
        self.start_button.setText("Resume training" if goes_on else "Start training")
        self.start_button.setToolTip(
            "Go on from the last checkpoint (Ctrl+Return)" if goes_on
            else "Train an avatar from this capture (Ctrl+Return)"
        )  # fmt: skip
        self.start_button.setVisible(not is_busy and not self._has_avatar)
        self.start_button.setEnabled(self.can_start)
        self.pause_button.setVisible(is_busy)
        self.pause_button.setEnabled(self.can_pause)
        self.cancel_button.setVisible(is_busy or state is RunState.PAUSED)
        self.cancel_button.setEnabled(self.can_cancel)
        self.stage_button.setVisible(self._has_avatar and not is_busy)


def _row(field: QLineEdit, tip: str, asked: Callable[[], object]) -> QWidget:
    row = QWidget()
    line = QHBoxLayout(row)
    line.setContentsMargins(0, 0, 0, 0)
    line.setSpacing(GRID_PX // 2)
    line.addWidget(field, stretch=1)
    line.addWidget(icon_button("folder", tip, asked))
    return row


def _label(text: str) -> QLabel:
    label = QLabel(text)
    label.setProperty("role", "dim")
    return label


def _words(role: str) -> QLabel:
    label = QLabel()
    label.setTextFormat(Qt.TextFormat.PlainText)
    label.setWordWrap(True)
    label.setProperty("role", role)
    return label


def _set_role(label: QLabel, role: str) -> None:
    label.setProperty("role", role)
    label.style().polish(label)
