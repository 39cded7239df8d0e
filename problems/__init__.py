"""Problems that hopopt's networks solve, one file or folder each."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from hopopt.compare import compare
from problems.assignment import LinearAssignment, assignment
from problems.clique import Clique, clique
from problems.coloring import Coloring, coloring
from problems.independent_set import IndependentSet, independent_set
from problems.ising import Ising, ising
from problems.knapsack import Knapsack, knapsack
from problems.matching import GraphMatching, graph_matching
from problems.maxcut import MaxCut, max_cut
from problems.number_partition import NumberPartition, number_partition
from problems.partition import Partition, partition
from problems.qap import QuadraticAssignment, qap
from problems.quadratic import QuadraticProblem
from problems.qubo import QUBO, qubo
from problems.queens import Queens, queens
from problems.tsp import TSP, tsp
from problems.vertex_cover import VertexCover, vertex_cover

if TYPE_CHECKING:
    from problems.dwave import HopfieldSampler as HopfieldSampler

__all__ = [
    "QUBO",
    "TSP",
    "Clique",
    "Coloring",
    "GraphMatching",
    "IndependentSet",
    "Ising",
    "Knapsack",
    "LinearAssignment",
    "MaxCut",
    "NumberPartition",
    "Partition",
    "QuadraticAssignment",
    "QuadraticProblem",
    "Queens",
    "VertexCover",
    "assignment",
    "clique",
    "coloring",
    "compare",
    "graph_matching",
    "independent_set",
    "ising",
    "knapsack",
    "max_cut",
    "number_partition",
    "partition",
    "qap",
    "qubo",
    "queens",
    "tsp",
    "vertex_cover",
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
