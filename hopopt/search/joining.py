"""Blocks: coupled units that agree in several states, joined to one unit each."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from scipy import sparse
from scipy.sparse.csgraph import connected_components

from hopopt.core.ising import IsingEnergy
from hopopt.core.lagrangian import Array


class Blocks(NamedTuple):
    """The energy of blocks that turn over as one, and the units in them.

    Attributes
    ----------
    energy : IsingEnergy
        Of the block spins t, up to a constant: E(t) is the energy of the spins ``members @ t``.
    members : CSR array, shape (N, M)
        The spin of each unit in its block, 1 or −1.
    """

    energy: IsingEnergy
    members: sparse.csr_array[Any]


def blocks(J: sparse.csr_array[Any], h: Array, states: Array) -> Blocks:
    """Join the units whose product is the same in all states and that are coupled, step by step.

    Each of the states, and each mixture of them by pieces, is a state of the blocks.

    Parameters
    ----------
    J : CSR array, shape (N, N)
        Symmetric, with zero diagonal.
    h : array, shape (N,)
    states : array, shape (N, K)
        Spins.

    References
    ----------
    Houdayer & Martin, "Hierarchical approach for computing spin glass ground states", 2001.

    Examples
    --------
    >>> chain = sparse.csr_array(np.eye(4, k=1) + np.eye(4, k=-1))
    >>> states = np.array([[1, 1], [1, 1], [1, -1], [1, -1]])
    >>> joined = blocks(chain, np.zeros(4), states)
    >>> joined.members.toarray().T.tolist(), joined.energy.J.toarray().tolist()
    ([[1.0, 1.0, 0.0, 0.0], [0.0, 0.0, 1.0, 1.0]], [[0.0, 1.0], [1.0, 0.0]])
    """
    size = len(states)
    first = states[:, 0].astype(float)
    apart = np.packbits(states != states[:, :1], axis=1)
    row, column = np.repeat(np.arange(size), np.diff(J.indptr)), J.indices
    together = (apart[row] == apart[column]).all(axis=1)
    bonds = (np.ones(np.count_nonzero(together)), (row[together], column[together]))
    count, block = connected_components(sparse.csr_array(bonds, (size, size)), directed=False)
    members = sparse.csr_array((first, block, np.arange(size + 1)), shape=(size, count))
    joined = members.T @ J.astype(float) @ members
    return Blocks(IsingEnergy(sparse.csr_array(joined), members.T @ h.astype(float)), members)
