"""Problems that hopopt's networks solve, one file or folder each."""

from __future__ import annotations

from hopopt.compare import compare
from problems.ising import Ising, ising
from problems.maxcut import MaxCut, max_cut
from problems.quadratic import QuadraticProblem
from problems.qubo import QUBO, qubo
from problems.tsp import TSP, tsp

__all__ = [
    "QUBO",
    "TSP",
    "Ising",
    "MaxCut",
    "QuadraticProblem",
    "compare",
    "ising",
    "max_cut",
    "qubo",
    "tsp",
]
