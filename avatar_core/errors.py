"""Errors that reach the user, and the one that belongs to the caller.

Every `AvatarError` carries what happened and what can be done about it. The core raises it near
the cause (`raise AssetError(...) from error`), workers carry it, one dialog shows it.
"""

from __future__ import annotations


class AvatarError(Exception):
    """Something the user should hear about.

    Args:
        message: one clear sentence saying what happened.
        hint: one clear sentence saying what to do; may be empty.
    """

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.message} {self.hint}".strip()


class ProjectFormatError(AvatarError):
    """Not a project, a damaged one, or one from a newer release."""


class NewerFormatError(ProjectFormatError):
    """A file from a newer release: nothing is wrong with it."""


class AssetError(AvatarError):
    """An input file is missing, unreadable or not what it claims to be."""


class FaceNotFoundError(AvatarError):
    """There is nothing to track in this image."""


class WeightsError(AvatarError):
    """A checkpoint is missing or does not have the expected hash."""


class DeviceError(AvatarError):
    """No usable device (camera, microphone, speaker, GPU), or it ran out of memory."""


class RenderError(AvatarError):
    """A shader or an OpenGL context failed."""


class RecordingError(AvatarError):
    """A clip cannot be written: folder not writable, disk full, encoder missing."""


class Cancelled(Exception):
    """The user stopped a task. Not an error, and never shown as one."""


class ShapeError(ValueError):
    """An array does not have the documented shape: a caller's mistake, logged with its trace."""
