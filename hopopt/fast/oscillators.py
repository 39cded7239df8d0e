"""Other dynamics of an Ising energy, in lanes: bifurcations, optical oscillators, chaotic neurons.

They are not Hopfield networks with an energy that falls; they are here to be compared with. All
take the couplings and fields of `Lanes`, in units of ρ, and states of shape (N, B).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np

from hopopt.core.lagrangian import Array
from hopopt.fast.replicas import Lanes

Dynamics = Callable[[Lanes, int, int, np.random.Generator], Iterator[Array]]


def bifurcate(
    lanes: Lanes, count: int, steps: int, rng: np.random.Generator, *, discrete: bool = False
) -> Iterator[Array]:
    """Simulated bifurcation: ẏ = −(1 − a(t))·x + c·(J·f(x) + h), ẋ = y, with walls at ±1.

    f(x) = x is the ballistic machine, f(x) = sign x the discrete one; a rises from 0 to 1, c = ½/ρ
    (Goto et al. 2021). The symplectic Euler step is 1.25, or half of where the stiffest mode of
    the couplings becomes unstable. Yields the positions x after each step.
    """
    x, y = (rng.uniform(-0.1, 0.1, (lanes.size, count)).astype(np.float32) for _ in range(2))
    stiffness = 1 + max(0.0, lanes.energy.curvature()) / lanes.scale / 2
    dt = np.float32(min(1.25, 1 / np.sqrt(stiffness)))
    for a in np.linspace(0, 1, steps, dtype=np.float32):
        force = lanes.J @ (np.sign(x) if discrete else x)
        force += lanes.h
        y += dt * (np.float32(0.5) * force - (1 - a) * x)
        x += dt * y
        y[np.abs(x) > 1] = 0
        np.clip(x, -1, 1, out=x)
        yield x


def coherent(lanes: Lanes, count: int, steps: int, rng: np.random.Generator) -> Iterator[Array]:
    """The coherent Ising machine's mean field: ẋ = (p(t) − 1 − x²)·x + ε·(Jx + √⟨x²⟩·h) + noise.

    The pump p rises from 0 to 1, past the threshold; ε = ½/ρ, Euler steps of .1, noise .01
    (Wang et al. 2013). Fields are scaled by the amplitude, as the couplings are by x. Yields the
    amplitudes after each step.
    """
    x = (0.01 * rng.standard_normal((lanes.size, count))).astype(np.float32)
    dt, noise = np.float32(0.1), np.float32(0.01 * np.sqrt(0.1))
    for pump in np.linspace(0, 1, steps, dtype=np.float32):
        force = lanes.J @ x
        force += lanes.h * np.sqrt(np.mean(x * x, axis=0))
        x += dt * ((pump - 1 - x * x) * x + np.float32(0.5) * force)
        x += noise * rng.standard_normal(x.shape, dtype=np.float32)
        np.clip(x, -1.5, 1.5, out=x)
        yield x


def chaotic(lanes: Lanes, count: int, steps: int, rng: np.random.Generator) -> Iterator[Array]:
    """The transiently chaotic network: y ← k·y + α·(Js + h) − z·(v − I₀), z ← (1 − β)·z.

    v = 1/(1 + e^(−y/ε)) in [0, 1], s = 2v − 1; k = .9, ε = .004, I₀ = .65, z₀ = .08, α = .015
    (Chen & Aihara 1995). Neurons are updated in turn; β is such that z falls to a hundredth in the
    steps there are. Yields s after each step.
    """
    y = rng.uniform(-1, 1, (lanes.size, count)).astype(np.float32) * np.float32(0.05)
    z, decay = np.float32(0.08), np.float32(0.01 ** (1 / max(1, steps)))
    s = np.tanh(y / np.float32(0.008))
    for _ in range(steps):
        for rows, block in lanes.turns():
            force = block @ s
            force += lanes.h[rows]
            y[rows] *= np.float32(0.9)
            y[rows] += np.float32(0.015) * force - z * ((s[rows] + 1) / 2 - np.float32(0.65))
            s[rows] = np.tanh(y[rows] / np.float32(0.008))
        z *= decay
        yield s
