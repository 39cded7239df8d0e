"""What the doctests leave out where an optional package is absent."""

from __future__ import annotations

from importlib.util import find_spec

collect_ignore = [] if find_spec("dimod") else ["problems/dwave.py"]
