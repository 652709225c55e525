"""A folder that comes into being with all its files, or not at all."""

from __future__ import annotations

import os
import secrets
import shutil
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from avatar_core.errors import AssetError
from avatar_core.io.atomic import write_error

if TYPE_CHECKING:
    from collections.abc import Iterator


@contextmanager
def new_folder(folder: Path | str) -> Iterator[Path]:
    """A folder to write into, which takes its place at the end of the block.

    Whatever fails, nothing is left behind, and nothing that was there before is touched.

    Args:
        folder: where the files belong; it may exist if it is empty.

    Raises:
        AssetError: there are files in the folder already, or it cannot be written.
    """
    target = Path(os.path.realpath(folder))
    sibling = target.with_name(f".{secrets.token_hex(8)}.tmp")
    try:
        if target.exists() and not (target.is_dir() and not any(target.iterdir())):
            raise AssetError(
                f"'{folder}' exists already and is not an empty folder.",
                "Name a new folder; nothing was overwritten.",
            )
        target.parent.mkdir(parents=True, exist_ok=True)
        sibling.mkdir()
        yield sibling
        with suppress(FileNotFoundError):
            target.rmdir()  # an empty one, which Windows does not replace
        sibling.rename(target)
    except OSError as error:
        raise write_error(target, error) from error
    finally:
        shutil.rmtree(sibling, ignore_errors=True)
