"""Motions that equal a core motion by law, and move many replicas at once."""

from __future__ import annotations

from hopopt.fast.arranged import couplings_of
from hopopt.fast.couplings import Couplings
from hopopt.fast.exchanges import TableExchanges
from hopopt.fast.inertial import SingleInertial
from hopopt.fast.jit import (
    announce,
    cached,
    copies,
    installed,
    interruptible,
    loaded,
    require,
    worthwhile,
)
from hopopt.fast.loops import ising_loops, made_ready, term_loops
from hopopt.fast.products import Occurrences, occurrences
from hopopt.fast.ready import REPLICAS, Ready, Units
from hopopt.fast.replicas import Replicas
from hopopt.fast.terms import Terms

__all__ = [
    "REPLICAS",
    "Couplings",
    "Occurrences",
    "Ready",
    "Replicas",
    "SingleInertial",
    "TableExchanges",
    "Terms",
    "Units",
    "announce",
    "cached",
    "copies",
    "couplings_of",
    "installed",
    "interruptible",
    "ising_loops",
    "loaded",
    "made_ready",
    "occurrences",
    "require",
    "term_loops",
    "worthwhile",
]
