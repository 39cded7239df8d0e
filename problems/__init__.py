"""Problems that hopopt's networks solve, one file or folder each."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from hopopt.compare import compare
from problems.ising import Ising, ising
from problems.maxcut import MaxCut, max_cut
from problems.quadratic import QuadraticProblem
from problems.qubo import QUBO, qubo
from problems.tsp import TSP, tsp
from problems.assignment import LinearAssignment, assignment
from problems.clique import Clique, clique
from problems.coloring import Coloring, coloring
from problems.independent_set import IndependentSet, independent_set
from problems.knapsack import Knapsack, knapsack
from problems.matching import GraphMatching, graph_matching
from problems.number_partition import NumberPartition, number_partition
from problems.partition import Partition, partition
from problems.qap import QuadraticAssignment, qap
from problems.queens import Queens, queens
from problems.vertex_cover import VertexCover, vertex_cover

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
    "HopfieldSampler",
    "dimod",
    "LinearAssignment",
    "assignment",
    "Clique",
    "clique",
    "Coloring",
    "coloring",
    "IndependentSet",
    "independent_set",
    "Knapsack",
    "knapsack",
    "GraphMatching",
    "graph_matching",
    "NumberPartition",
    "number_partition",
    "Partition",
    "partition",
    "QuadraticAssignment",
    "qap",
    "Queens",
    "queens",
    "VertexCover",
    "vertex_cover",
]
