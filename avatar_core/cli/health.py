"""What the studio needs from this machine, and whether it is there."""

from __future__ import annotations

import importlib.util
import os
import platform
import shutil
import sys
import tempfile
from dataclasses import dataclass
from enum import StrEnum
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING

from avatar_core.errors import AvatarError

if TYPE_CHECKING:
    from collections.abc import Callable

_OLDEST_PYTHON = (3, 11)
_PACKAGES = (
    "ai-edge-litert", "av", "moderngl", "numba", "numpy", "opencv-python-headless",
    "platformdirs", "PySide6-Essentials", "pyqtgraph", "PyYAML", "scipy", "sounddevice", "torch",
    "trimesh",
)  # fmt: skip
_ROOM_GB = 2.0


class Health(StrEnum):
    """How a check came out."""

    GOOD = "good"
    LIMITED = "limited"
    """The studio works, without something."""
    BAD = "bad"
    """The studio does not work."""


@dataclass(frozen=True, slots=True)
class Finding:
    """The result of one check.

    Args:
        name: what was looked at.
        health: how it is.
        detail: what was found.
        hint: what to do about it; empty when all is well.
    """

    name: str
    health: Health
    detail: str
    hint: str = ""


def examine() -> list[Finding]:
    """Look at everything. No check keeps another from being made."""
    return [_examined(name, check) for name, check in CHECKS.items()]


def examine_project(path: Path) -> list[Finding]:
    """Look at a project file and at all it names.

    Raises:
        AssetError: it is missing or cannot be read from the disk.
    """
    from avatar_core.io.project_check import Soundness, check_project

    healths = {
        Soundness.GOOD: Health.GOOD,
        Soundness.NOTE: Health.LIMITED,
        Soundness.BAD: Health.BAD,
    }
    return [
        Finding(each.name, healths[each.soundness], each.detail, each.hint)
        for each in check_project(path)
    ]


def _examined(name: str, check: Callable[[str], Finding]) -> Finding:
    try:
        return check(name)
    except AvatarError as error:
        return Finding(name, Health.BAD, error.message, error.hint)
    except Exception as error:  # noqa: BLE001 - a broken package may raise anything when imported
        return Finding(
            name, Health.BAD, f"{type(error).__name__}: {error}", "Run make setup again."
        )


def _python(name: str) -> Finding:
    found = f"{platform.python_version()} on {platform.platform()}, {os.cpu_count()} cores"
    if sys.version_info < _OLDEST_PYTHON:
        return Finding(name, Health.BAD, found, "Install Python 3.11 or newer.")
    return Finding(name, Health.GOOD, found)


def _packages(name: str) -> Finding:
    versions: dict[str, str] = {}
    for package in _PACKAGES:
        try:
            versions[package] = metadata.version(package)
        except metadata.PackageNotFoundError:
            continue
    missing = [package for package in _PACKAGES if package not in versions]
    if missing:
        return Finding(name, Health.BAD, f"missing: {', '.join(missing)}", "Run make setup again.")
    return Finding(name, Health.GOOD, ", ".join(f"{key} {versions[key]}" for key in versions))


def _resources(name: str) -> Finding:
    from avatar_core.resources import resource_path

    parts = [
        ("models", "face_landmarker.task"),
        ("models", "selfie_segmentation.tflite"),
        ("demo", "rosa.avatar"),
        ("demo", "performance.take"),
        ("demo", "demo.studio"),
    ]
    paths = [resource_path(*part) for part in parts]
    return Finding(name, Health.GOOD, ", ".join(path.name for path in paths))


def _opengl(name: str) -> Finding:
    from avatar_core.render.offscreen import create_offscreen_context

    context = create_offscreen_context()
    try:
        with context:
            info = context.info
        found = f"{info['GL_RENDERER']}, OpenGL {info['GL_VERSION']}"
    finally:
        context.release()
    if "llvmpipe" in found or "softpipe" in found:
        return Finding(name, Health.LIMITED, found, "Drawing is slow without a graphics card.")
    return Finding(name, Health.GOOD, found)


def _window(name: str) -> Finding:
    if importlib.util.find_spec("PySide6") is None:
        return Finding(name, Health.BAD, "PySide6 is missing", "Run make setup again.")
    needs_display = sys.platform.startswith("linux")
    displays = [key for key in ("WAYLAND_DISPLAY", "DISPLAY") if os.environ.get(key)]
    if needs_display and not displays:
        return Finding(
            name,
            Health.LIMITED,
            "no display",
            "The command line works; for the window, log in to a desktop.",
        )
    found = ", ".join(f"{key}={os.environ[key]}" for key in displays) or sys.platform
    return Finding(name, Health.GOOD, found)


def _encoder(name: str) -> Finding:
    from avatar_core.recording.clip import VideoSettings
    from avatar_core.recording.encoders import available_formats, find_encoder

    encoder = find_encoder(VideoSettings(512, 512, 30))
    formats = ", ".join(film.key for film in available_formats())
    return Finding(name, Health.GOOD, f"{encoder}; films as {formats}")


def _tracker(name: str) -> Finding:
    import numpy as np

    from avatar_core.driving.face_tracker import FaceTracker

    FaceTracker().track(np.zeros((480, 640, 3), np.uint8), 0.0)
    return Finding(name, Health.GOOD, "the networks load and run")


def _cuda(name: str) -> Finding:
    import torch

    from avatar_core.raster import gsplat_backend

    if not torch.cuda.is_available():
        return Finding(name, Health.LIMITED, "no CUDA device", "Training runs on the processor.")
    found = torch.cuda.get_device_name()
    if not gsplat_backend.is_installed():
        hint = 'Draw Gaussians on the card, too: pip install "avatar-studio[cuda]".'
        return Finding(name, Health.LIMITED, f"{found}, without gsplat", hint)
    return Finding(name, Health.GOOD, f"{found}, gsplat {metadata.version('gsplat')}")


def _cameras(name: str) -> Finding:
    from avatar_core.driving.sources import list_cameras

    found = list_cameras()
    if not found:
        return Finding(
            name, Health.LIMITED, "none", "Connect one, or drive the avatar from a video."
        )
    cameras = ", ".join(f"{camera.uri} {camera.name}" for camera in found)
    return Finding(name, Health.GOOD, cameras)


def _speaker(name: str) -> Finding:
    hint = "Takes play silently; clips have their sound all the same."
    try:
        import sounddevice

        outputs = [each for each in sounddevice.query_devices() if each["max_output_channels"] > 0]
    except OSError as error:  # the library of the system is missing
        return Finding(name, Health.LIMITED, str(error), f"{hint} Install libportaudio2.")
    if not outputs:
        return Finding(name, Health.LIMITED, "none", hint)
    return Finding(name, Health.GOOD, ", ".join(str(each["name"]) for each in outputs[:4]))


def _room(name: str) -> Finding:
    folders = {Path(tempfile.gettempdir()), Path.home()}
    left = {folder: shutil.disk_usage(folder).free / 1e9 for folder in folders if folder.exists()}
    found = ", ".join(f"{free:.1f} GB in {folder}" for folder, free in left.items())
    if min(left.values(), default=0.0) < _ROOM_GB:
        return Finding(name, Health.LIMITED, found, "Free some space before recording.")
    return Finding(name, Health.GOOD, found)


CHECKS: dict[str, Callable[[str], Finding]] = {
    "python": _python,
    "packages": _packages,
    "resources": _resources,
    "opengl": _opengl,
    "window": _window,
    "encoder": _encoder,
    "tracker": _tracker,
    "cuda": _cuda,
    "cameras": _cameras,
    "speaker": _speaker,
    "room": _room,
}
"""What is looked at, in this order."""
