"""Problems that hopopt's networks solve, one file or folder each."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from hopopt.compare import compare
from problems.ising import Ising, ising
from problems.maxcut import MaxCut, max_cut
from problems.quadratic import QuadraticProblem
from problems.qubo import QUBO, qubo
from problems.tsp import TSP, tsp

if TYPE_CHECKING:
    from problems.dwave import HopfieldSampler

__all__ = [
    "QUBO",
    "TSP",
    "HopfieldSampler",
    "Ising",
    "MaxCut",
    "QuadraticProblem",
    "compare",
    "ising",
    "max_cut",
    "qubo",
    "tsp",
]


def __getattr__(name: str) -> Any:
    """Import what needs an optional package when it is asked for."""
    if name != "HopfieldSampler":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    try:
        from problems.dwave import HopfieldSampler
    except ModuleNotFoundError as error:
        if error.name != "dimod":
            raise
        raise ImportError("HopfieldSampler needs dimod: pip install 'hopopt[dimod]'") from error
    return HopfieldSampler
