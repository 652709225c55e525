"""PortraitControls: how the chosen portrait performs."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QSignalBlocker, Signal
from PySide6.QtWidgets import QCheckBox, QComboBox, QLabel, QVBoxLayout, QWidget

from app.panels.portrait_model_options import ModelOptions
from app.panels.portrait_rows import (
    BACKGROUNDS,
    BACKGROUNDS_TIP,
    DRIVERS,
    DRIVERS_TIP,
    ENGINES,
    LATENT,
    MOTION_ROWS,
    REGION_ROWS,
    fields_of,
)
from app.theme import GRID_PX
from app.widgets.buttons import icon_button
from app.widgets.fields import action_chip, chip, column, line, named, number
from app.widgets.gestures import pass_gestures
from app.widgets.section import Section
from avatar_core.project import PortraitSettings

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from enum import StrEnum

    from PySide6.QtGui import QAction
    from PySide6.QtWidgets import QToolButton

    from app.panels.portrait_rows import NumberRow
    from app.widgets.drag_number import DragNumber

_MOTION_FIELDS = (*fields_of(MOTION_ROWS), "follows", "follows_pose")


class PortraitControls(QWidget):
    """Everything in `PortraitSettings`, in sections that fold.

    Args:
        crop: lets the crop be dragged in the view.
        still: saves the portraits as a picture.
        beside: shows the driver beside them.
    """

    settings_edited = Signal(str, object)
    """Id of the portrait and the `PortraitSettings` wanted."""
    crop_reset_requested = Signal(str)
    gesture_started = Signal()
    gesture_ended = Signal()
    gesture_cancelled = Signal()

    def __init__(
        self, crop: QAction, still: QAction, beside: QAction, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._id = ""
        self._settings = PortraitSettings()
        self.numbers: dict[str, DragNumber] = {}
        self.latents: list[DragNumber] = []
        self.engine = self._choice("engine", "Engine", ENGINES, "What makes the portrait move")
        self.follows = self._choice("follows", "Follows", DRIVERS, DRIVERS_TIP)
        self.background = self._choice("background", "Background", BACKGROUNDS, BACKGROUNDS_TIP)
        self.model_options = ModelOptions()
        self.engine_words = QLabel(wordWrap=True)
        self.engine_words.setProperty("role", "dim")
        self.follows_pose = QCheckBox("Head turns with the driver")
        self.follows_pose.clicked.connect(lambda on: self._ask(follows_pose=on))
        self.reset_crop = chip("Reset crop", "Back to the square that was found around the head")
        self.reset_crop.clicked.connect(lambda: self.crop_reset_requested.emit(self._id))
        self._latent_column = QVBoxLayout()
        self._latent_column.setContentsMargins(0, 0, 0, 0)
        self._latent_column.setSpacing(GRID_PX // 2)
        self._build([action_chip(crop), self.reset_crop], [action_chip(still), action_chip(beside)])
        self.show_engine("", 0)

    # showing

    def show_portrait(
        self, portrait_id: str, settings: PortraitSettings, *, is_cropped: bool
    ) -> None:
        """Show how a portrait performs.

        Args:
            portrait_id: of the project.
            settings: of the portrait.
            is_cropped: whether its crop is the artist's own.
        """
        self._id, self._settings = portrait_id, settings
        for box, words, now in (
            (self.engine, ENGINES, settings.engine),
            (self.follows, DRIVERS, settings.follows),
            (self.background, BACKGROUNDS, settings.background),
        ):
            with QSignalBlocker(box):
                box.setCurrentIndex(list(words).index(now))
        self.follows_pose.setChecked(settings.follows_pose)
        self.reset_crop.setEnabled(is_cropped)
        for field, shown in self.numbers.items():
            shown.set_value(getattr(settings, field))
        self.numbers["pose_gain"].setEnabled(settings.follows_pose)
        self._show_latents()

    def show_engine(self, words: str, latents: int) -> None:
        """Say what makes the portrait move, and offer so many sliders of its model."""
        self.engine_words.setText(words)
        self.engine_words.setVisible(bool(words))
        while len(self.latents) > latents:
            slider = self.latents.pop()
            self._latent_column.removeWidget(slider)
            slider.deleteLater()
        while len(self.latents) < latents:
            self._add_latent(len(self.latents))
        self.latent_section.setVisible(latents > 0)
        self._show_latents()

    def _show_latents(self) -> None:
        kept = self._settings.latent
        for place, slider in enumerate(self.latents):
            slider.set_value(kept[place] if place < len(kept) else 0.0)
        changed = sum(value != 0 for value in kept)
        self.latent_section.set_note(f"{changed} changed" if changed else "")

    # building

    def _build(self, crop: Sequence[QWidget], actions: Sequence[QWidget]) -> None:
        motion = [self._number(row) for row in MOTION_ROWS]
        regions = [self._number(row) for row in REGION_ROWS]
        pairs = [line(*regions[at : at + 2]) for at in range(0, len(regions) - 1, 2)]
        self.latent_section = Section("Latent sliders", column(self._latent_column))
        self.latent_section.set_open(False)
        sections = (
            Section(
                "Engine",
                column(named("Engine", self.engine), self.engine_words, self.model_options),
            ),
            self._resettable(
                "Motion", _MOTION_FIELDS,
                column(named("Follows", self.follows), *motion[:2], self.follows_pose, motion[2]),
            ),
            self._resettable(
                "Regions", fields_of(REGION_ROWS), column(*pairs, regions[-1])
            ),
            self.latent_section,
            Section(
                "Picture",
                column(named("Background", self.background), line(*crop), line(*actions)),
            ),
        )  # fmt: skip
        self.latent_section.add_button(self._reset_button("Latent sliders", ("latent",)))
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(GRID_PX)
        for section in sections:
            layout.addWidget(section)

    def _resettable(self, title: str, fields: tuple[str, ...], body: QWidget) -> Section:
        section = Section(title, body)
        section.add_button(self._reset_button(title, fields))
        return section

    def _reset_button(self, title: str, fields: tuple[str, ...]) -> QToolButton:
        defaults = {field: getattr(PortraitSettings(), field) for field in fields}
        return icon_button("reset", f"Reset {title}", lambda: self._ask(**defaults))

    def _choice(self, field: str, label: str, words: Mapping[Any, str], tip: str) -> QComboBox:
        box = QComboBox()
        box.setAccessibleName(label)
        box.setToolTip(tip)
        box.addItems(list(words.values()))
        box.activated.connect(lambda row: self._ask(**{field: list(words)[row]}))
        return box

    def _number(self, row: NumberRow) -> DragNumber:
        field = self.numbers[row.field] = number(row.limits, row.label, row.tip)
        field.value_edited.connect(lambda value: self._ask(**{row.field: value}))
        pass_gestures(self, field)
        return field

    def _add_latent(self, place: int) -> None:
        slider = number(LATENT, f"PCA {place + 1}", "Standard deviations of what the model knows")
        slider.value_edited.connect(lambda value: self._ask_latent(place, value))
        pass_gestures(self, slider)
        self.latents.append(slider)
        self._latent_column.addWidget(slider)

    # asking

    def _ask(self, **wanted: StrEnum | float | tuple[float, ...]) -> None:
        settings = replace(self._settings, **wanted)  # type: ignore[arg-type]
        if settings != self._settings:
            self.settings_edited.emit(self._id, settings)

    def _ask_latent(self, place: int, value: float) -> None:
        latent = list(self._settings.latent)
        latent += [0.0] * (place + 1 - len(latent))
        latent[place] = value
        self._ask(latent=tuple(latent) if any(latent) else ())
