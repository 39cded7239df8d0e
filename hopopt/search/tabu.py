"""Tabu search: the best move that is not tabu, even uphill, with memory of what has changed.

The loop is here, for any neighbourhood: two-valued units that flip, Potts groups that change their
class, permutations that exchange two images. A family of problems states its moves (`Moves`): what
each would change, which are tabu, and how one is made.

References
----------
Glover, "Tabu search, part I", 1989; Hertz & de Werra, "Using tabu search techniques for graph
coloring", 1987; Taillard, "Robust taboo search for the quadratic assignment problem", 1991.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Protocol

import numpy as np

from hopopt.core.lagrangian import Array

POOL, LEAST_POOL = 1 << 16, 1 << 12  # random numbers for ties, of all replicas and of each


class Moves(Protocol):
    """A neighbourhood: B replicas, each in a state of its own, and the moves that lead on from it.

    Attributes
    ----------
    state : array, shape (B, …)
    value : array, shape (B,)
        The energy of every replica.
    most : int
        How many moves a replica has at most.

    Examples
    --------
    >>> from hopopt.search import Moves
    >>> [name for name in vars(Moves) if not name.startswith("_")]  # what a neighbourhood states
    ['rises', 'tabu', 'tenures', 'make', 'admits']
    """

    state: Array
    value: Array
    most: int

    def rises(self) -> Array:
        """Return by how much every move would raise the energy, shape (B, M), in a new array.

        M may differ from step to step; infinity stands for no move, and M = 0 ends the search.
        """
        ...

    def tabu(self, step: int) -> Array:
        """Return which of these moves are tabu at this step, shape (B, M); never what is none."""
        ...

    def tenures(self, z: Array) -> Array:
        """Return tenures, in steps, from numbers z uniform on [0, 1), shape (steps, 2, B)."""
        ...

    def make(self, chosen: Array, step: int, tenure: Array) -> None:
        """Make one move in each replica, and declare its reversal tabu.

        Parameters
        ----------
        chosen : array of int, shape (B,)
        step : int
        tenure : array, shape (2, B)
            One step's `tenures`.
        """
        ...

    def admits(self) -> Array:
        """Return which states may count as the best, shape (B,)."""
        ...


@dataclass(eq=False)
class TabuSearch:
    """Replicas of a state that make the best move that is not tabu, step after step.

    A tabu move is made all the same where it leads lower than the replica has ever been
    (aspiration), or where all moves are tabu (the first of them).

    Parameters
    ----------
    moves : Moves
    rng : numpy.random.Generator
        For tenures and ties.
    jitter : float or array, shape (B, 1), default 0
        Noise of this size, uniform from 0, breaks ties; 0 takes the first of the best.
    least : float, default 0
        By how much a state must be lower than the best to be better.

    Attributes
    ----------
    best, best_value : arrays, shapes (B, …) and (B,)
        The lowest state of each replica since it began, and its energy.
    step : int
        Steps made in all.

    Examples
    --------
    >>> import numpy as np
    >>> class Flips:
    ...     def __init__(self, w):
    ...         self.w, self.most = w, w.shape[1]
    ...         self.state, self.value = np.zeros(w.shape), np.zeros(len(w))
    ...         self.until = np.full(w.shape, -1)
    ...     def rises(self):
    ...         return np.where(self.state > 0, -self.w, self.w)
    ...     def tabu(self, step):
    ...         return self.until > step
    ...     def tenures(self, z):
    ...         return 1 + (2 * z).astype(int)
    ...     def make(self, chosen, step, tenure):
    ...         rows = np.arange(len(chosen))
    ...         self.value += self.rises()[rows, chosen]
    ...         self.state[rows, chosen] = 1 - self.state[rows, chosen]
    ...         self.until[rows, chosen] = step + tenure[0]
    ...     def admits(self):
    ...         return np.full(len(self.value), True)
    >>> search = TabuSearch(Flips(np.array([[-1.0, 2.0, -3.0]])), np.random.default_rng(0))
    >>> _ = search.run(4)
    >>> search.best_value, search.best
    (array([-4.]), array([[1., 0., 1.]]))
    """

    moves: Moves
    rng: np.random.Generator
    jitter: Array | float = 0.0
    least: float = 0.0
    step: int = field(default=0, init=False)

    def __post_init__(self) -> None:
        moves, (first, rng) = self.moves, (self.moves.rises(), self.rng)
        self.best, self.best_value = moves.state.copy(), moves.value.copy()
        self._found = np.zeros(len(self.best), dtype=np.intp)
        self._below, self._lowest = self._margin(), 0.0
        self._never = np.finfo(first.dtype).max
        self._span = max(LEAST_POOL, POOL // len(self.best))
        jitter = np.asarray(self.jitter, dtype=np.float32)
        self._noise: Array | None = None
        if jitter.any():
            noise = rng.random((len(self.best), self._span + moves.most), dtype=np.float32)
            self._noise = noise * jitter

    @property
    def since(self) -> Array:
        """Steps that each replica has made after its best, shape (B,)."""
        return self.step - self._found

    def begin(self, replicas: Array, jitter: Array | float = 0.0) -> None:
        """Take the states that some replicas have been put in for the best that they know."""
        moves = self.moves
        self.best[replicas], self.best_value[replicas] = (
            moves.state[replicas],
            moves.value[replicas],
        )
        self._found[replicas] = self.step
        if self._noise is not None:
            shape = (len(replicas), self._noise.shape[1])
            self._noise[replicas] = self.rng.random(shape, dtype=np.float32) * jitter

    def run(self, steps: int, target: float = -np.inf) -> bool:
        """Make so many steps, or fewer where a replica reaches the target; return whether one has.

        Parameters
        ----------
        steps : int
        target : float, optional
            An energy at which, or below, the search stops.
        """
        self._below, self._lowest = self._margin(), float(self.best_value.min())
        z = self.rng.random((steps, 2, len(self.best)), dtype=np.float32)
        starts = self.rng.integers(self._span, size=steps).tolist()
        for tenure, start in zip(self.moves.tenures(z), starts, strict=True):
            if self._lowest <= target or not self._step(tenure, start):
                break
        return self._lowest <= target

    def _step(self, tenure: Array, start: int) -> bool:
        """Make one move in every replica; return whether there was any to make."""
        moves = self.moves
        rise = moves.rises()
        if not rise.shape[1]:
            return False
        self.step += 1
        moves.make(self._choose(rise, start), self.step, tenure)
        self._below = self._margin()
        if np.maximum.reduce(self._below) > 0:
            better = (self._below > 0) & moves.admits()
            self.best[better], self.best_value[better] = moves.state[better], moves.value[better]
            self._found[better] = self.step
            self._below, self._lowest = self._margin(), float(self.best_value.min())
        return True

    def _margin(self) -> Array:
        """Return what each replica may rise by and still be better than its best."""
        return np.asarray(self.best_value - self.moves.value - self.least)

    def _choose(self, rise: Array, start: int) -> Array:
        """Return the number of the move that each replica makes; `rise` is used up."""
        tabu = self.moves.tabu(self.step)
        tabu &= rise >= self._below.astype(rise.dtype)[:, None]
        if self._noise is not None:
            rise += self._noise[:, start : start + rise.shape[1]]
        np.copyto(rise, self._never, where=tabu)
        return np.asarray(rise.argmin(1))
