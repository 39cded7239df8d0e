"""The annealed noisy network and its reheat rounds."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from hopopt.ising import IsingEnergy
from hopopt.lanes import LANES, Lanes
from hopopt.search import Incumbent

HOT, COLD, NOISE = 0.3, 0.05, 1.5


def reheats(
    energy: IsingEnergy, rng: np.random.Generator, *, lanes: int = LANES, sweeps: int = 200
) -> Iterator[Incumbent]:
    """Yield the best spins after each annealing of all lanes."""
    network = Lanes(energy)
    best, cost = np.ones(energy.size), np.inf
    while True:
        v = rng.uniform(-0.1, 0.1, (energy.size, lanes)).astype(np.float32)
        for f in np.linspace(0, 1, sweeps):
            noise = rng.random(v.shape, dtype=np.float32) * 2 - 1
            network.sweep(v, noise * np.float32(NOISE * (1 - f)), HOT + (COLD - HOT) * f)
        s = np.where(v < 0, np.float32(-1), np.float32(1))
        network.descend(s)
        costs = network.energies(s)
        if costs.min() < cost:
            best = np.empty(energy.size)
            best[network.order] = s[:, costs.argmin()]
            cost = float(costs.min())
        yield Incumbent(best, cost)
