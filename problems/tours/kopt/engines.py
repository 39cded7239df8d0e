"""What joins the chains again: the dense memory, and its controls."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from problems.tours.kopt.reconnections import Reconnections

Floats = NDArray[np.float64]
Integers = NDArray[np.intp]


class Engine(ABC):
    """Finds an order of oriented chains for every problem of a batch.

    Attributes
    ----------
    name : str
        What a result's `integrator` says.
    network : bool
        Whether it is one.
    """

    name: ClassVar[str]
    network: ClassVar[bool] = False

    @abstractmethod
    def orders(self, chains: Reconnections, lengths: Floats, rng: np.random.Generator) -> Integers:
        """Return the oriented chains, shape (N, K), for lengths (N, P) of the chains' pairs."""

    def join(
        self, chains: Reconnections, lengths: Floats, rng: np.random.Generator
    ) -> tuple[Integers, Floats]:
        """Return the oriented chains and how much shorter they are than the tour as it was."""
        orders = self.orders(chains, lengths, rng)
        return orders, chains.gain(lengths, orders)


class DenseMemory(Engine):
    """One step of recall: the winner among all feasible reconnections."""

    name: ClassVar[str] = "memory"
    network: ClassVar[bool] = True

    def orders(self, chains: Reconnections, lengths: Floats, rng: np.random.Generator) -> Integers:
        return chains.orders[chains.recall(lengths)]

    def join(
        self, chains: Reconnections, lengths: Floats, rng: np.random.Generator
    ) -> tuple[Integers, Floats]:
        winner = chains.recall(lengths)
        return chains.orders.take(winner, axis=0), chains.gain_of(lengths, winner)


class RandomReconnection(Engine):
    """A network that takes no step: a feasible reconnection at random."""

    name: ClassVar[str] = "none"

    def orders(self, chains: Reconnections, lengths: Floats, rng: np.random.Generator) -> Integers:
        return chains.orders[rng.integers(0, len(chains.orders), len(lengths))]


class DynamicProgramming(Engine):
    """The exact optimum by Held & Karp's recursion over sets of oriented chains, batched.

    C(S, o) is the shortest path from chain 0 through the chains of S that ends with o.
    """

    name: ClassVar[str] = "exact"

    def orders(self, chains: Reconnections, lengths: Floats, rng: np.random.Generator) -> Integers:
        return shortest(chains.weights(lengths))


def shortest(W: Floats) -> Integers:
    """Return the shortest order of oriented chains for each W, shape (N, 2K, 2K)."""
    count, size = len(W), W.shape[1] // 2
    oriented = [o for o in range(2, 2 * size) if np.isfinite(W[:, 0, o]).any()]
    bit = {o: 1 << (o // 2 - 1) for o in oriented}
    full = (1 << (size - 1)) - 1
    cost = np.full((count, full + 1, 2 * size), np.inf)
    came = np.zeros((count, full + 1, 2 * size), dtype=np.intp)
    for o in oriented:
        cost[:, bit[o], o] = W[:, 0, o]
    for visited in range(1, full + 1):
        for o in oriented:
            if visited & bit[o] and visited != bit[o]:
                paths = cost[:, visited ^ bit[o], :] + W[:, :, o]
                came[:, visited, o] = paths.argmin(axis=1)
                cost[:, visited, o] = paths.min(axis=1)
    row = np.arange(count)
    last = (cost[:, full, :] + W[:, :, 0]).argmin(axis=1)
    result = np.zeros((count, size), dtype=np.intp)
    visited_by = np.full(count, full)
    for k in range(size - 1, 0, -1):
        result[:, k] = last
        before = came[row, visited_by, last]
        visited_by = visited_by ^ (1 << (last // 2 - 1))
        last = before
    return result


ENGINES: Mapping[str, Engine] = {
    "memory": DenseMemory(),
    "exact": DynamicProgramming(),
    "random": RandomReconnection(),
}
