"""Avatar Studio: the window without arguments, else the command line."""

from __future__ import annotations

import sys

from app.bootstrap import main

if __name__ == "__main__":
    sys.exit(main())
