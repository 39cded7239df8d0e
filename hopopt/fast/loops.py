"""Where the compiled loops may be used: they give what numpy gives, number for number."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable
from types import ModuleType

import numpy as np
from scipy import sparse

from hopopt.core.ising import IsingEnergy
from hopopt.core.multilinear import Multilinear
from hopopt.fast.arranged import couplings_of
from hopopt.fast.couplings import narrow
from hopopt.fast.jit import announce, cached, installed
from hopopt.fast.products import Occurrences
from hopopt.fast.ready import Ready, Units
from hopopt.fast.terms import Terms

FEWEST_UNITS = 500  # a smaller network is at rest before numba has been imported
FACTORS = 50  # beside a unit, which make the work of one of these
MODULE = "hopopt.fast.compiled"
TERMS = "hopopt.fast.compiled_terms"


def made_ready(
    energy: IsingEnergy | Multilinear, units: Units = "clip", compiled: bool | None = None
) -> Ready:
    """Return an energy of spins ready for sweeps, of second order or of any.

    Parameters
    ----------
    energy : IsingEnergy or Multilinear
    units : {"clip", "sign"}, default "clip"
    compiled : bool, optional
        As for `ising_loops`.

    Examples
    --------
    >>> import numpy as np
    >>> from hopopt import IsingEnergy
    >>> energy = IsingEnergy([[0.0, 1.0, 0.0], [1.0, 0.0, -1.0], [0.0, -1.0, 0.0]])
    >>> made_ready(energy).size
    3
    """
    if isinstance(energy, IsingEnergy):
        return couplings_of(energy, units, ising_loops(compiled, energy.size))
    factors = sum(len(part.units) * part.units.size for part in energy.products)
    work = max(energy.size, factors // FACTORS)
    return Terms(energy, units, term_loops(compiled, work))


def ising_loops(compiled: bool | None, size: int) -> ModuleType | None:
    """Return the compiled loops of Ising networks, or None where numpy is to do the work.

    Parameters
    ----------
    compiled : bool, optional
        True compiles them now if need be; False never takes them. By default they are taken from
        500 units on, if numba's cache holds them, and from one on where they have been loaded.
    size : int
        Number of units.

    Examples
    --------
    >>> ising_loops(False, 1000) is None
    True
    """
    return _loops(MODULE, ("sweep", "pieces"), "the Ising loops", _load, compiled, size)


def term_loops(compiled: bool | None, size: int) -> ModuleType | None:
    """Return the compiled loops of energies of any order, as `ising_loops` those of Ising ones.

    Parameters
    ----------
    compiled : bool, optional
    size : int
        Number of units, or of those that would be as much work.

    Examples
    --------
    >>> term_loops(False, 1000) is None
    True
    """
    return _loops(TERMS, ("sweep",), "the loops of any order", _load_terms, compiled, size)


def _loops(
    name: str,
    functions: tuple[str, ...],
    what: str,
    load: Callable[[ModuleType], None],
    compiled: bool | None,
    size: int,
) -> ModuleType | None:
    few = size < FEWEST_UNITS and name not in sys.modules
    if compiled is False or not installed() or (compiled is None and few):
        return None
    module = importlib.import_module(name)
    found = [getattr(module, function) for function in functions]
    if not compiled and not cached(*found):
        return None
    announce(what, *found)
    load(module)
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


def _load_terms(module: ModuleType) -> None:
    none, ends = np.zeros(0, np.float32), np.zeros(2, np.uint32)
    found = Occurrences(ends, ends[:1], none, none.astype(np.uint32), none, none)
    one, once = np.ones((1, 1), np.float32), np.ones(1, np.float32)
    module.sweep(found, once, np.zeros((1, 1), np.uint32), one, one.copy(), once, once, True)
