"""The log: one rotating file that Help can open, and nothing on the screen but warnings."""

from __future__ import annotations

import logging
import sys
from contextlib import suppress
from logging.handlers import RotatingFileHandler
from pathlib import Path

import platformdirs

_BYTES_PER_FILE = 1_000_000
_OLD_FILES = 3
_FORMAT = "%(asctime)s %(levelname)-7s %(threadName)s %(name)s: %(message)s"

_logger = logging.getLogger(__name__)


def log_folder() -> Path:
    return Path(platformdirs.user_log_dir("avatar-studio"))


def log_path() -> Path:
    """The file being written; older ones beside it end in .1, .2 ..."""
    return log_folder() / "studio.log"


class _LogFile(RotatingFileHandler):
    """The log's file, which keeps quiet while the disk takes nothing.

    logging itself would print a trace for every line that is lost, and a file that a full disk
    did not let it close would stay lost after there is room again.
    """

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802 - logging's name
        if not isinstance(sys.exc_info()[1], OSError):
            super().handleError(record)
            return
        stream, self.stream = self.stream, None
        if stream is not None:
            with suppress(OSError, ValueError):
                stream.close()  # the next line opens it anew


def start_logging(path: Path | None = None) -> logging.Handler:
    """Send the log of all modules to the file.

    A folder that cannot be written is no reason not to start: the log then goes to stderr.

    Returns:
        The handler that was added to the root logger.
    """
    file = path or log_path()
    handler: logging.Handler
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        handler = _LogFile(file, maxBytes=_BYTES_PER_FILE, backupCount=_OLD_FILES, encoding="utf-8")
    except OSError as error:
        handler = logging.StreamHandler(sys.stderr)
        handler.setLevel(logging.WARNING)
        handler.setFormatter(logging.Formatter(_FORMAT))
        logging.getLogger().addHandler(handler)
        _logger.warning("The log file %s cannot be written: %s", file, error)
        return handler
    handler.setFormatter(logging.Formatter(_FORMAT))
    root = logging.getLogger()
    root.setLevel(logging.INFO)
    root.addHandler(handler)
    return handler
