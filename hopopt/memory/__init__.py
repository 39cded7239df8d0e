"""Associative memory: patterns make an energy of the core, and recall is one of its motions."""

from __future__ import annotations

from hopopt.memory.alphabet import letters
from hopopt.memory.attractor import Attractor, Attractors, attractors
from hopopt.memory.basins import Basin, basin
from hopopt.memory.capacities import Capacity, capacity
from hopopt.memory.coding import binarize, hamming
from hopopt.memory.estimator import AssociativeMemory
from hopopt.memory.learning import RULES
from hopopt.memory.load import CapacityWarning
from hopopt.memory.overlaps import overlap_trace
from hopopt.memory.path import Path
from hopopt.memory.recall import Recall
from hopopt.memory.unlearning import Unlearning, unlearning_curve

__all__ = [
    "RULES",
    "AssociativeMemory",
    "Attractor",
    "Attractors",
    "Basin",
    "Capacity",
    "CapacityWarning",
    "Path",
    "Recall",
    "Unlearning",
    "attractors",
    "basin",
    "binarize",
    "capacity",
    "hamming",
    "letters",
    "overlap_trace",
    "unlearning_curve",
]
