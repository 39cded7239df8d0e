"""Where the compiled loops may be used: they give what numpy gives, number for number."""

from __future__ import annotations

import sys
from types import ModuleType

import numpy as np
from scipy import sparse

from hopopt.fast.couplings import narrow
from hopopt.fast.jit import announce, cached, installed

FEWEST_UNITS = 500  # a smaller network is at rest before numba has been imported
MODULE = "hopopt.fast.compiled"


def ising_loops(compiled: bool | None, size: int) -> ModuleType | None:
    """Return the compiled loops, or None where numpy is to do the work.

    Parameters
    ----------
    compiled : bool, optional
        True compiles them now if need be; False never takes them. By default they are taken from
        500 units on, if numba's cache holds them, and from one on where they have been loaded.
    size : int
        Number of units.
    """
    few = size < FEWEST_UNITS and MODULE not in sys.modules
    if compiled is False or not installed() or (compiled is None and few):
        return None
    from hopopt.fast import compiled as module

    both = module.sweep, module.pieces
    if not compiled and not cached(*both):
        return None
    announce("the Ising loops", *both)
    _load(module)
    return module


def _load(module: ModuleType) -> None:
    """Call each loop once, on four units, with the types that replicas have."""
    indptr, indices = np.arange(5, dtype=np.uint32) * np.uint32(4), np.zeros(16, np.uint32)
    h, picks = np.zeros(4, np.float32), np.zeros((1, 4), np.uint32)
    pool, one, once = np.zeros((1, 1), np.float32), np.float32(1), np.ones(1, np.float32)
    for weights, outputs in ((np.int16, np.int8), (np.float32, np.float32)):
        fours, state = (indptr, indices, np.zeros(16, weights)), np.zeros((4, 1), outputs)
        module.sweep(fours, h, picks, pool, state, (once, once, once), one, True)
    J = narrow(sparse.csr_array(np.ones((4, 4), dtype=np.float32)))
    s = np.ones((4, 1), dtype=np.float32)
    module.pieces(J.indptr, J.indices, J.data, s, -s, s)
