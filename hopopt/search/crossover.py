"""Partition crossover of spins: where two states differ, each piece decides for itself."""

from __future__ import annotations

from types import ModuleType
from typing import NamedTuple

import numpy as np
from scipy import sparse
from scipy.sparse.csgraph import connected_components

from hopopt.core.lagrangian import Array
from hopopt.core.matrices import Matrix, is_sparse
from hopopt.fast.ready import TIE


class Pieces(NamedTuple):
    """The connected pieces in which replicas differ from their parents.

    Attributes
    ----------
    unit, replica : arrays of int
        The units that differ, and in which replica.
    piece : array of int
        The piece that each of them belongs to; a piece lies in one replica.
    rise : array
        By how much the parent's energy changes when a piece, alone, is taken from the replica.
    owner : array of int
        The replica of each piece.
    """

    unit: Array
    replica: Array
    piece: Array
    rise: Array
    owner: Array


def pieces(
    J: Matrix, s: Array, parent: Array, field: Array, loops: ModuleType | None = None
) -> Pieces:
    """Return the pieces in which each replica of s differs from its parent.

    Two units are in one piece where they are coupled and both differ, so that pieces of one replica
    do not feel each other: each lowers or raises E by itself.

    Parameters
    ----------
    J : CSR array, array or Structured, shape (N, N)
        Symmetric, with zero diagonal. If it is not sparse, all units count as coupled.
    s, parent, field : arrays, shape (N, B)
        Spins, and the parents' spins and fields Jp + h.
    loops : module, optional
        The compiled loops, for sparse J.
    """
    if loops is not None and is_sparse(J):
        replicas = (np.ascontiguousarray(replica, np.float32) for replica in (s, parent, field))
        return Pieces(*loops.pieces(J.indptr, J.indices, J.data, *replicas))
    replica, unit = np.nonzero((s != parent).T)
    if not is_sparse(J):
        mine = np.where(s != parent, parent, 0)
        rise = 2 * np.einsum("ik,ik->k", mine, field - J @ mine)
        return Pieces(unit, replica, replica, rise, np.arange(s.shape[1]))
    slot = np.full(s.shape, -1, dtype=np.int32)
    slot[unit, replica] = np.arange(len(unit), dtype=np.int32)
    degree = np.diff(J.indptr)[unit]
    start = np.cumsum(degree) - degree
    entry = np.arange(int(degree.sum())) + np.repeat(J.indptr[unit] - start, degree)
    source = np.repeat(np.arange(len(unit)), degree)
    other = slot[J.indices[entry], replica[source]]
    inside = np.flatnonzero(other >= 0)
    source, other, weight = source[inside], other[inside], J.data[entry[inside]]
    mine = parent[unit, replica]
    links = np.bincount(source, minlength=len(unit))
    indptr = np.append(0, np.cumsum(links))
    graph = sparse.csr_array((np.ones(len(other), np.int8), other, indptr), (len(unit),) * 2)
    count, piece = connected_components(graph, directed=False)
    bonds = np.bincount(source, weight * mine[source] * mine[other], len(unit))
    rise = np.bincount(piece, 2 * (mine * field[unit, replica] - bonds), count)
    owner = np.zeros(count, dtype=np.intp)
    owner[piece] = replica
    return Pieces(unit, replica, piece, rise, owner)


class Crossover:
    """Crosses replicas into elites, in place.

    Parameters
    ----------
    J : CSR array or array, shape (N, N)
        Symmetric, with zero diagonal.
    h : array, shape (N, 1)
    rng : numpy.random.Generator
        Chooses among the pieces that change nothing.
    loops : module, optional
        The compiled loops.

    References
    ----------
    Tinós, Whitley & Chicano, "Partition crossover for pseudo-Boolean optimization", 2015.
    """

    def __init__(
        self, J: Matrix, h: Array, rng: np.random.Generator, loops: ModuleType | None = None
    ) -> None:
        self.J, self.h, self.rng, self.loops = J, h, rng, loops
        units, count = np.arange(len(h)), 1
        self.component: Array = np.zeros(len(h), dtype=np.intp)
        if is_sparse(J):
            count, self.component = connected_components(J, directed=False)
        entries = (np.ones(len(h), np.float32), (self.component, units))
        self.members = sparse.csr_array(entries, shape=(count, len(h)))
        self.free = ~(self.members @ (h != 0)).astype(bool)

    def align(self, s: Array, parent: Array) -> Array:
        """Return replicas s with the components turned over that mostly disagree with the parent.

        Only components without fields are: their energy stays what it was.
        """
        against = (self.members @ (s * parent) < 0) & self.free
        return np.where(against[self.component], -s, s) if against.any() else s

    def cross(self, elites: Array, s: Array) -> Array:
        """Cross replicas s, shape (N, B), into elites, shape (N, P): replica k into elite k mod P.

        The replicas of an elite take turns. Every piece that lowers the elite's energy is taken,
        and every other one that leaves it as it is. An elite never gets worse, and ends no worse
        than any replica that crossed into it.

        Returns
        -------
        array, shape (B,)
            By how much each replica lowered its elite's energy.
        """
        gains, count = np.zeros(s.shape[1]), elites.shape[1]
        for first in range(0, s.shape[1], count):
            replicas = s[:, first : first + count]
            mine = elites[:, : replicas.shape[1]]
            field = self.J @ mine + self.h
            found = pieces(self.J, self.align(replicas, mine), mine, field, self.loops)
            better = found.rise < -TIE
            np.add.at(gains, first + found.owner[better], -found.rise[better])
            take = better | ((found.rise <= TIE) & (self.rng.random(len(better)) < 0.5))
            moved = take[found.piece]
            elites[found.unit[moved], found.replica[moved]] *= -1
        return gains
