"""Associative memory: patterns make an energy of the core, and recall is one of its motions."""

from __future__ import annotations

from hopopt.memory.coding import binarize, hamming
from hopopt.memory.estimator import AssociativeMemory, CapacityWarning
from hopopt.memory.learning import RULES
from hopopt.memory.recall import Recall

__all__ = [
    "RULES",
    "AssociativeMemory",
    "CapacityWarning",
    "Recall",
    "binarize",
    "hamming",
]
