"""What moves the networks of a batch of windows to new states: motions, and two controls."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from hopopt import Diagonal, ExponentialEuler, Monitor, Motion, Network, Polytope, anneal
from problems.tours.clamped.chains import (
    ONE_OF_EACH,
    ChainExchanges,
    ChainLength,
    orders_of,
    outputs,
)

Array = NDArray[Any]
Ints = NDArray[np.intp]

STAGES = 40
GAINS = (2.0, 60.0)
START_NOISE = 0.05


class WindowMotion(Protocol):
    """Moves the networks of a batch, which begin where the tours are, to oriented chains."""

    def __call__(
        self, energy: ChainLength, T: float, rng: np.random.Generator, monitor: Monitor
    ) -> Ints: ...


def exchanged(
    energy: ChainLength,
    T: float,
    rng: np.random.Generator,
    monitor: Monitor,
    orders: Ints | None = None,
) -> Ints:
    """Let any two positions exchange their chains: a heat bath at T > 0, one sweep; rest at T = 0.

    From the state of the tours, or from other orders.
    """
    start = _as_it_is(energy) if orders is None else orders
    network = Network(energy, Polytope(ONE_OF_EACH), T=0, noise=T)
    motion = ChainExchanges(noise=rng, max_sweeps=1, rng=rng) if T else ChainExchanges(rng=rng)
    return orders_of(_rest([network], motion, outputs(start, energy.orientations), monitor))


def flowing(energy: ChainLength, T: float, rng: np.random.Generator, monitor: Monitor) -> Ints:
    """Cool Sinkhorn units from noise, with lengths over their mean, whatever T is.

    The gain grows from 2 to 60 and a self-coupling from 0 to 1 in 40 exponential steps of two
    sweeps; then T → 0 by exchanges, also from the state of the tours: of these two restarts each
    window takes the lower energy, that of the tours where they are equal.
    """
    scale = energy.W.mean(axis=(-2, -1))
    scaled = energy * (1 / np.where(scale > 0, scale, 1.0))
    domain = Polytope(ONE_OF_EACH, sweeps=2)
    networks = (
        Network(scaled + Diagonal(energy.shape, -a), domain, T=1 / gain)
        for gain, a in zip(np.geomspace(*GAINS, STAGES), np.linspace(0, 1, STAGES), strict=True)
    )
    step = ExponentialEuler(float(np.log(2)), max_steps=1, tol=0, descends=False)
    start = START_NOISE * rng.standard_normal((len(scale), *energy.shape))
    cooled = _rest(networks, step, start, monitor)
    annealed = orders_of(domain.on(energy.shape).vertex(cooled))
    kept = exchanged(energy, 0.0, rng, monitor)
    found = exchanged(energy, 0.0, rng, monitor, annealed)
    return np.where(_shorter(energy, found, kept)[:, None], found, kept)


def _rest(stages: Iterable[Network], motion: Motion, start: Array, monitor: Monitor) -> Array:
    """Return the state where a motion leaves the networks, or hand on that it was interrupted."""
    return anneal(stages, motion, start, monitor=monitor).uninterrupted().u


def shortest(energy: ChainLength, T: float, rng: np.random.Generator, monitor: Monitor) -> Ints:
    """Return the optimum by Held & Karp's recursion over sets of oriented chains: a control.

    C(A, o) is the shortest path from chain 0 through the chains of A that ends with o.
    """
    W, S = energy.W, energy.orientations
    count, size = len(W), W.shape[1] // S
    oriented = range(S, S * size)
    bit = {o: 1 << (o // S - 1) for o in oriented}
    full = (1 << (size - 1)) - 1
    cost = np.full((full + 1, S * size, count), np.inf)
    came = np.zeros((full + 1, S * size, count), dtype=np.int8)
    steps = np.moveaxis(W, 0, -1).copy()
    for o in oriented:
        cost[bit[o], o] = steps[0, o]
    for visited in range(1, full + 1):
        for o in oriented:
            if visited & bit[o] and visited != bit[o]:
                paths = cost[visited ^ bit[o]] + steps[:, o]
                came[visited, o] = paths.argmin(axis=0)
                cost[visited, o] = paths.min(axis=0)
    window = np.arange(count)
    last = (cost[full] + steps[:, 0]).argmin(axis=0)
    orders, visited_by = np.zeros((count, size), dtype=np.intp), np.full(count, full)
    for k in range(size - 1, 0, -1):
        orders[:, k] = last
        before = came[visited_by, last, window].astype(np.intp)
        visited_by = visited_by ^ (1 << (last // S - 1))
        last = before
    return _unless_longer(energy, orders)


def shuffled(energy: ChainLength, T: float, rng: np.random.Generator, monitor: Monitor) -> Ints:
    """Join the chains at random where that is shorter than the tour as it is: a control."""
    orders = _as_it_is(energy)
    S = energy.orientations
    chain = rng.permuted(orders[:, 1:] // S, axis=1)
    orders[:, 1:] = S * chain + rng.integers(0, S, chain.shape)
    return _unless_longer(energy, orders)


def _as_it_is(energy: ChainLength) -> Ints:
    """Return the chains in the order in which the tours have them."""
    count, chains = energy.entry.shape[0], energy.entry.shape[-2]
    return np.tile(energy.orientations * np.arange(chains), (count, 1))


def _unless_longer(energy: ChainLength, orders: Ints) -> Ints:
    now = _as_it_is(energy)
    return np.where(_shorter(energy, orders, now)[:, None], orders, now)


def _shorter(energy: ChainLength, orders: Ints, than: Ints) -> NDArray[np.bool_]:
    """Return where orders are shorter by more than rounding, which would go round in circles."""
    old = energy.lengths(than)
    return np.asarray(energy.lengths(orders) < old - 1e-12 * np.abs(old))


MOTIONS: Mapping[str, WindowMotion] = {
    "exchanges": exchanged,
    "flow": flowing,
    "exact": shortest,
    "random": shuffled,
}
CONTROLS = ("exact", "random")
