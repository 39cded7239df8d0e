"""Replicas of a closed tour: the chains that windows cut it into, and how they are joined again."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from problems.tours.clamped.windows import Windows, nested

Ints = NDArray[np.intp]
Bools = NDArray[np.bool_]


class Ports(NamedTuple):
    """All cuts of a batch in the order of the tours: what lies between two is one piece.

    Attributes
    ----------
    at : array of int, shape (C,)
        Each cut's place among all positions, n·replica + position.
    replica : array of int, shape (C,)
    following : array of int, shape (C,)
        The next cut around the same tour, where the piece that begins after this one ends.
    last : array of bool, shape (C,)
        Whether it is the last of its tour.
    """

    at: Ints
    replica: Ints
    following: Ints
    last: Bools

    @classmethod
    def of(cls, at: Ints, n: int) -> Ports:
        """Return the ports of sorted cuts."""
        replica = at // n
        last = np.append(replica[1:] != replica[:-1], True)
        ends = np.flatnonzero(last)
        following = np.arange(1, len(at) + 1)
        following[ends] = np.append(0, ends[:-1] + 1)
        return cls(at, replica, following, last)


class Tours:
    """R closed tours of n cities as arrays.

    Parameters
    ----------
    orders : array of int, shape (R, n)
        Permutations; copied.

    Attributes
    ----------
    order, position : array of int, shape (R, n)
        The cities in turn, and where each city stands.

    Examples
    --------
    >>> tours = Tours(np.arange(6)[None])
    >>> tours.join(Windows(np.array([[1, 3, 5]]), np.array([0])), np.array([[0, 5, 2]]), 2)
    1
    >>> tours.order
    array([[0, 1, 5, 4, 2, 3]])
    """

    def __init__(self, orders: Ints) -> None:
        self.order = np.array(orders, dtype=np.intp)
        self.position = np.argsort(self.order, axis=1)

    def ends(self, windows: Windows, orientations: int) -> tuple[Ints, Ints]:
        """Return where the chains are entered and left, shape (N, K, S) each.

        Chain k leads from cut k − 1 to cut k; chain 0 goes around the end of the array.
        """
        replica = windows.replica[:, None]
        last = self.order[replica, windows.cuts]
        first = np.roll(self.order[replica, (windows.cuts + 1) % self.order.shape[1]], 1, axis=1)
        both = np.stack([first, last], axis=-1)[..., :orientations]
        return both, np.stack([last, first], axis=-1)[..., :orientations]

    def join(self, windows: Windows, orders: Ints, orientations: int) -> int:
        """Join the chains of each window in its new order, for windows that cross none before.

        Parameters
        ----------
        windows : Windows
        orders : array of int, shape (N, K)
            Oriented chains S·k + s, the first 0.
        orientations : int
            S.

        Returns
        -------
        int
            How many windows changed.
        """
        changed = np.flatnonzero((orders != orientations * np.arange(orders.shape[1])).any(axis=1))
        if not len(changed):
            return 0
        changed = changed[nested(windows.take(changed), len(self.order))]
        cuts, replica = windows.take(changed)
        chain, turned = np.divmod(orders[changed], orientations)
        n = self.order.shape[1]
        places = (cuts + n * replica[:, None]).ravel()
        sorting = np.argsort(places)
        rank = np.empty_like(sorting)
        rank[sorting] = np.arange(len(sorting))
        ports = Ports.of(places[sorting], n)
        self._write(ports, _succession(ports, _links(rank.reshape(cuts.shape), chain, turned)))
        return len(changed)

    def _write(self, ports: Ports, succession: Ints) -> None:
        """Write the tours whose directed pieces follow each other so."""
        n = self.order.shape[1]
        length = ports.at[ports.following] - ports.at + n * ports.last
        nodes, offset = _ranked(ports, succession, length, n)
        piece, back = np.divmod(nodes, 2)
        sorting = np.argsort(n * ports.replica[piece] + offset)
        piece, back = piece[sorting], back[sorting]
        length, base = length[piece], n * ports.replica[piece]
        begin = np.where(back, ports.at[ports.following[piece]], ports.at[piece] + 1) - base
        step = 1 - 2 * back
        origin = begin - step * (np.cumsum(length) - length)
        source = np.repeat(origin, length) + np.repeat(step, length) * np.arange(length.sum())
        rows = ports.replica[ports.last]
        cities = self.order[rows[:, None], source.reshape(len(rows), n) % n]
        self.order[rows] = cities
        self.position[rows[:, None], cities] = np.arange(n)


def _links(rank: Ints, chain: Ints, turned: Ints) -> Ints:
    """Return to which port each port is joined: 2·cut before the cut, 2·cut + 1 after it."""
    enter, leave = 2 * np.roll(rank, 1, axis=1) + 1, 2 * rank
    rows = np.arange(len(rank))[:, None]
    enter, leave = enter[rows, chain], leave[rows, chain]
    first, last = np.where(turned, leave, enter), np.where(turned, enter, leave)
    to = np.roll(first, -1, axis=1)
    links = np.empty(2 * rank.size, dtype=np.intp)
    links[last], links[to] = to, last
    return links


def _succession(ports: Ports, links: Ints) -> Ints:
    """Return which directed piece follows each: 2·piece forwards, 2·piece + 1 backwards."""
    count = len(ports.at)
    before = np.empty(count, dtype=np.intp)
    before[ports.following] = np.arange(count)
    entered = np.empty(2 * count, dtype=np.intp)
    entered[1::2], entered[0::2] = 2 * np.arange(count), 2 * before + 1
    left = np.empty(2 * count, dtype=np.intp)
    left[0::2], left[1::2] = 2 * ports.following, 2 * np.arange(count) + 1
    return np.asarray(entered[links[left]])


def _ranked(ports: Ports, succession: Ints, length: Ints, n: int) -> tuple[Ints, Ints]:
    """Return the directed pieces of the new tours, and how many cities come before each.

    List ranking by pointer jumping (Wyllie 1979) from the piece that goes around the array's end.
    """
    end = 2 * len(ports.at)
    start = np.zeros(end, dtype=bool)
    start[0::2] = ports.last
    jump = np.append(np.where(start[succession], end, succession), end)
    rest = np.append(np.repeat(length, 2), 0)
    for _ in range(int(np.bincount(ports.replica).max()).bit_length()):
        rest += rest[jump]
        jump = jump[jump]
    nodes = np.flatnonzero(jump[:-1] == end)
    return nodes, n - rest[nodes]
