"""Problems that hopopt's networks solve, one file or folder each."""

from __future__ import annotations

from problems.tsp import TSP, tsp

__all__ = ["TSP", "tsp"]
