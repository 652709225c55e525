"""Where the shipped files lie: shaders, models, the demo avatar, styles, licences.

In a checkout they lie in `resources/` beside the packages; an installed wheel carries the same
folder inside the package `avatar_core`.
"""

from __future__ import annotations

from pathlib import Path

from avatar_core.errors import AssetError


def resource_folder() -> Path:
    """The folder that holds `shaders/`, `models/`, `demo/`, `styles/`, `licences/`."""
    package = Path(__file__).resolve().parent
    for candidate in (package.parent / "resources", package / "_resources"):
        if (candidate / "shaders").is_dir():
            return candidate
    raise AssetError(
        "The studio's own resources folder is missing.",
        "Reinstall avatar-studio, or run it from a complete checkout.",
    )


def resource_path(*parts: str) -> Path:
    """Path of one shipped file, e.g. `resource_path("models", "face_landmarker.task")`.

    Raises:
        AssetError: the file is not there.
    """
    path = resource_folder().joinpath(*parts)
    if not path.exists():
        raise AssetError(
            f"A file of the studio is missing: {'/'.join(parts)}.", "Reinstall avatar-studio."
        )
    return path
