"""`python -m avatar_core.cli`: a command where the program's own entry is not at hand."""

from __future__ import annotations

import sys

from avatar_core.cli import main

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
