"""Motions that equal a core motion by law, and move many replicas at once."""

from __future__ import annotations

from hopopt.fast.arranged import couplings_of
from hopopt.fast.couplings import REPLICAS, Couplings, Units
from hopopt.fast.exchanges import TableExchanges
from hopopt.fast.inertial import SingleInertial
from hopopt.fast.jit import announce, cached, installed, require
from hopopt.fast.loops import ising_loops
from hopopt.fast.replicas import Replicas

__all__ = [
    "REPLICAS",
    "Couplings",
    "Replicas",
    "SingleInertial",
    "TableExchanges",
    "Units",
    "announce",
    "cached",
    "couplings_of",
    "installed",
    "ising_loops",
    "require",
]
