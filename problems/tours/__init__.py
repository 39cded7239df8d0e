"""The travelling salesman problem, from networkx graphs, matrices, points or TSPLIB files."""

from __future__ import annotations

from problems.tours.bound import lower_bound
from problems.tours.distances import Distances, MatrixDistances, PointDistances
from problems.tours.problem import TSP
from problems.tours.tsplib import (
    TSPLIBError,
    read_tour,
    read_tsplib,
    write_tour,
    write_tsplib,
)

__all__ = [
    "TSP",
    "Distances",
    "MatrixDistances",
    "PointDistances",
    "TSPLIBError",
    "lower_bound",
    "read_tour",
    "read_tsplib",
    "write_tour",
    "write_tsplib",
]
