"""References in a project, `demo:NAME` or the path of a file: where they lead, what is there."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from avatar_core.errors import AssetError
from avatar_core.project import is_bundled
from avatar_core.resources import resource_folder, resource_path

if TYPE_CHECKING:
    import os

_BUNDLED = re.compile(r"demo:([a-z0-9_-]+)")


@dataclass(frozen=True, slots=True)
class AssetKind:
    """A kind of file that projects name.

    Args:
        noun: what a person calls it.
        folder: where bundled ones lie among the resources.
        suffix: of such files, with the dot.
    """

    noun: str
    folder: tuple[str, ...]
    suffix: str

    def path(self, reference: str) -> Path:
        """The file of a reference.

        Raises:
            AssetError: nothing bundled has this name.
        """
        if not is_bundled(reference):
            return Path(reference)
        bundled = _BUNDLED.fullmatch(reference)
        if bundled is None:
            raise AssetError(
                f"No {self.noun} called {reference!r:.60} comes with the studio.",
                "Choose one in the library.",
            )
        return resource_path(*self.folder, f"{bundled[1]}{self.suffix}")

    def bundled(self) -> list[str]:
        """References of all that ship with the studio, by name."""
        folder = resource_folder().joinpath(*self.folder)
        references = [f"demo:{path.stem}" for path in sorted(folder.glob(f"*{self.suffix}"))]
        return [each for each in references if _BUNDLED.fullmatch(each)]

    def sha256(self, reference: str) -> str:
        """Hash of the file of a reference; empty for a bundled one, which comes with the release.

        Raises:
            AssetError: the file is not there or cannot be read.
        """
        path = self.path(reference)
        if is_bundled(reference):
            return ""
        self.status(path)
        try:
            with path.open("rb") as file:
                return hashlib.file_digest(file, "sha256").hexdigest()
        except OSError as reason:
            raise AssetError(
                f"The {self.noun} {path.name} could not be read: {reason.strerror or reason}.",
                "Check that the disk is connected and that you may read the file.",
            ) from reason

    def expect(self, reference: str, sha256: str) -> None:
        """Check that a file is where a project expects it and still the same.

        Raises:
            AssetError: it was moved, or it has changed.
        """
        found = self.sha256(reference)
        if sha256 and found != sha256:
            raise AssetError(
                f"The {self.noun} {Path(reference).name} has changed since this project was saved.",
                "If that was not intended, choose the earlier file in the library.",
            )

    def status(self, path: Path) -> os.stat_result:
        """What the system says about a file.

        Raises:
            AssetError: it is not there.
        """
        try:
            return path.stat()
        except (OSError, ValueError) as reason:
            raise AssetError(
                f"The {self.noun} {path.name} was not found in {path.parent}.",
                "Was it moved or renamed? Choose it again in the library.",
            ) from reason


AVATARS = AssetKind("avatar", ("demo",), ".avatar")
HAIRSTYLES = AssetKind("hairstyle", ("demo", "hair"), ".hair")
PORTRAITS = AssetKind("portrait", ("demo", "portraits"), ".portrait")
