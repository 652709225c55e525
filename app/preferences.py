"""What the user chose once and for all: device, folders, camera, shortcuts; and what is remembered.

Kept in one ini file in the user's configuration folder, the same on every system.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field, fields, replace
from pathlib import Path
from typing import Any

import platformdirs
from PySide6.QtCore import QByteArray, QObject, QSettings, Signal

APPLICATION = "avatar-studio"

MOST_HISTORY_MB = 256
"""As much of the history as a project file is to carry."""

PORTRAIT_DETAIL: dict[str, bool | None] = {"auto": None, "on": True, "off": False}
"""Whether portrait models use their second stage; None leaves it to the studio."""


def _recordings_folder() -> str:
    return str(Path(platformdirs.user_videos_dir()) / "Avatar Studio")


def _projects_folder() -> str:
    return str(Path(platformdirs.user_documents_dir()) / "Avatar Studio")


def data_folder() -> Path:
    """Where the studio keeps what belongs to the user and to no project."""
    return Path(platformdirs.user_data_dir(APPLICATION))


@dataclass(frozen=True, slots=True)
class PreferenceValues:
    """What the preferences dialog shows, and how portrait models run, which their panel shows.

    Args:
        device: "auto", "cpu" or "cuda": where networks run.
        threads: processor threads for tracking and networks; 0 leaves it to the studio.
        recordings_folder, projects_folder: where files go unless told otherwise.
        camera_width_px, camera_height_px, camera_fps: what a camera is asked for.
        clip_width_px, clip_height_px, clip_fps: size and rate of recorded clips.
        portrait_detail: whether models of portraits use a second stage, a name in
            `PORTRAIT_DETAIL`.
        portrait_compiles: whether they are compiled for a graphics card.
        autosave_minutes: how often a version of an edited project is kept; 0 for never.
        autosave_keep: how many of them.
        history_mb: how much of the history is saved with a project; 0 for none.
        countdown_s: seconds counted down before a calibration asked for with a countdown.
        shortcuts: key sequences by action, only those that differ from the defaults.
    """

    device: str = "auto"
    threads: int = 0
    recordings_folder: str = field(default_factory=_recordings_folder)
    projects_folder: str = field(default_factory=_projects_folder)
    camera_width_px: int = 640
    camera_height_px: int = 480
    camera_fps: int = 30
    clip_width_px: int = 1280
    clip_height_px: int = 720
    clip_fps: int = 30
    portrait_detail: str = "auto"
    portrait_compiles: bool = False
    autosave_minutes: int = 5
    autosave_keep: int = 10
    history_mb: int = 64
    countdown_s: int = 3
    shortcuts: dict[str, str] = field(default_factory=dict)


class Preferences(QObject):
    """Reads and keeps the preferences.

    A value in the file that makes no sense is replaced by its default: a file edited by hand
    never keeps the studio from starting.

    Args:
        path: the ini file; the user's own one when left out.
        parent: the owner.
    """

    changed = Signal(object)
    """The new `PreferenceValues`."""

    def __init__(self, path: Path | None = None, parent: QObject | None = None) -> None:
        super().__init__(parent)
        file = path or Path(platformdirs.user_config_dir(APPLICATION)) / "studio.ini"
        self._settings = QSettings(str(file), QSettings.Format.IniFormat)
        self._values = self._read()

    @property
    def values(self) -> PreferenceValues:
        return self._values

    def apply(self, values: PreferenceValues) -> None:
        """Keep new values and tell whoever listens."""
        if values == self._values:
            return
        self._values = values
        self._settings.setValue("preferences", json.dumps(asdict(values)))
        self.changed.emit(values)

    def remembered(self, name: str) -> Any:
        """Plain data kept by `remember`; None when there is none or it cannot be read."""
        try:
            return json.loads(str(self._settings.value(f"remembered/{name}", "null")))
        except (ValueError, RecursionError):
            return None

    def remember(self, name: str, value: Any) -> None:
        """Keep plain data: lists of recent files, folded sections, which boxes are ticked."""
        self._settings.setValue(f"remembered/{name}", json.dumps(value))

    def layout(self, name: str) -> QByteArray | None:
        """Where the windows stood: what `keep_layout` kept, or None."""
        kept = self._settings.value(f"layout/{name}")
        return kept if isinstance(kept, QByteArray) and not kept.isEmpty() else None

    def keep_layout(self, name: str, state: QByteArray) -> None:
        self._settings.setValue(f"layout/{name}", state)

    def forget_layouts(self) -> None:
        self._settings.remove("layout")

    def flush(self) -> None:
        """Write everything to disk now."""
        self._settings.sync()

    def _read(self) -> PreferenceValues:
        try:
            stored = json.loads(str(self._settings.value("preferences", "{}")))
        except (ValueError, RecursionError):
            stored = {}
        return _sensible(stored if isinstance(stored, dict) else {})


def _sensible(stored: dict[str, Any]) -> PreferenceValues:
    """Values of the right type within their limits; defaults for the rest."""
    defaults = PreferenceValues()
    known: dict[str, Any] = {}
    for item in fields(PreferenceValues):
        value = stored.get(item.name)
        if type(value) is type(getattr(defaults, item.name)):
            known[item.name] = value
    values = replace(defaults, **known)
    shortcuts = {
        name: keys
        for name, keys in values.shortcuts.items()
        if isinstance(name, str) and isinstance(keys, str)
    }
    return replace(
        values,
        device=values.device if values.device in ("auto", "cpu", "cuda") else defaults.device,
        threads=min(max(values.threads, 0), 256),
        camera_width_px=min(max(values.camera_width_px, 160), 7680),
        camera_height_px=min(max(values.camera_height_px, 120), 4320),
        camera_fps=min(max(values.camera_fps, 1), 240),
        clip_width_px=min(max(values.clip_width_px, 64), 7680),
        clip_height_px=min(max(values.clip_height_px, 64), 4320),
        clip_fps=min(max(values.clip_fps, 1), 240),
        autosave_minutes=min(max(values.autosave_minutes, 0), 120),
        autosave_keep=min(max(values.autosave_keep, 1), 200),
        history_mb=min(max(values.history_mb, 0), MOST_HISTORY_MB),
        countdown_s=min(max(values.countdown_s, 1), 30),
        portrait_detail=(
            values.portrait_detail if values.portrait_detail in PORTRAIT_DETAIL else "auto"
        ),
        shortcuts=shortcuts,
    )
