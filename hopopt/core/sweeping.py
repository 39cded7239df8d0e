"""A visit to every unit in turn, in all replicas together."""

from __future__ import annotations

import numpy as np

from hopopt.core.lagrangian import Array
from hopopt.core.motion import Monitor
from hopopt.core.network import Network

ROUNDING = 1e-12


def tell(network: Network, monitor: Monitor, u: Array, v: Array, sweep: float) -> None:
    """Let the monitor know where the replicas are, and E where it keeps a record."""
    energy = network.energy.value(v) + network.conjugate(v) if monitor.record else None
    monitor.step(u, sweep, float(np.max(network.T)), energy)


def visit(
    network: Network, v: Array, order: Array, kick: Array, monitor: Monitor
) -> tuple[Array, int]:
    """Visit every unit once, in all replicas together.

    A change costs one column of ∇²H where the energy has it at hand, else all the flips anew.
    """
    energy, flat = network.energy, kick.shape
    follows = energy.quadratic and energy.columns(np.zeros(0, dtype=int)) is not None
    if follows:
        gradient = energy.gradient(v).reshape(flat)
        bend = energy.flip(v, np.ones(v.shape)).reshape(flat) - gradient
    position = np.zeros((*flat[:-1], 1), dtype=int)
    visits = np.arange(flat[-1])
    flips = 0
    while True:
        delta = network.lagrangian.opposite(v) - v
        step = delta.reshape(flat)
        rise = step * (gradient + bend * step) if follows else energy.flip(v, delta).reshape(flat)
        push = kick * step - rise
        noise = ROUNDING * np.abs(rise).max(-1, keepdims=True)
        wants = (push > noise)[..., order] & (visits >= position)
        if not wants.any():
            return v, flips
        first = wants.argmax(-1)[..., None]
        found = np.take_along_axis(wants, first, -1)
        unit = order[first]
        moves = np.where(found, np.take_along_axis(step, unit, -1), 0)
        out = v.reshape(flat).copy()
        np.put_along_axis(out, unit, np.take_along_axis(out, unit, -1) + moves, -1)
        v = out.reshape(v.shape)
        if monitor.watch is not None:
            monitor.watch(network.state(v))
        columns = energy.columns(unit[..., 0]) if follows else None
        if columns is not None:
            gradient = gradient + moves * columns
        position = np.where(found, first + 1, flat[-1])
        flips += int(found.sum())


def block_sums(values: Array, labels: Array) -> Array:
    """Return, for each unit, the sum of the values over its block, replica by replica."""
    flat, blocks = values.reshape(-1, labels.size), int(labels.max()) + 1
    numbers = labels.ravel() + blocks * np.arange(len(flat))[:, None]
    sums = np.bincount(numbers.ravel(), flat.ravel(), minlength=len(flat) * blocks)
    return sums[numbers].reshape(values.shape)
