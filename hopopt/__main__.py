"""``python -m hopopt`` is the command ``hopopt``."""

from __future__ import annotations

import sys

from hopopt.app.cli import main

if __name__ == "__main__":
    sys.exit(main())
