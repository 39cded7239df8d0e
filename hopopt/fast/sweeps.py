"""Discrete recall in batches: `Updates`, step for step, with shared work.

`Updates` takes one gradient for every flip. Between flips the fields of a quadratic energy change
by a row of its matrix, and the overlaps of a dense memory by a column of its patterns: that is all
that is computed here. The law, a test: the states after every sweep are those of `Updates`.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from hopopt.core.energy import Energy
from hopopt.core.face import Face
from hopopt.core.lagrangian import Array
from hopopt.core.motion import Monitor, Rest, Status
from hopopt.core.network import Network
from hopopt.core.quadratic import Quadratic
from hopopt.core.sweeping import ROUNDING
from hopopt.core.updates import Updates
from hopopt.fast.batch import Batch
from hopopt.fast.fields import QuadraticFields, fields_of, product, some


@dataclass(frozen=True, eq=False)
class Sweeps(Updates):
    """`Updates` of two-valued units for quadratic energies and dense memories, made fast.

    Sequential sweeps at T = 0 and Glauber sweeps at T > 0, parallel and guarded updates at T = 0;
    whatever else is asked goes the way of `Updates`. Replicas that have come to rest, or in
    parallel fallen into a cycle of two states, are left alone.

    Examples
    --------
    >>> import numpy as np
    >>> from hopopt import Monitor, Network, Quadratic, Tanh
    >>> patterns = np.array([[1.0, 1.0, -1.0, -1.0]])
    >>> network = Network(Quadratic(-patterns.T @ patterns), Tanh(), T=0)
    >>> rest = Sweeps().run(network, np.array([1.0, 1.0, 1.0, -1.0]), Monitor())
    >>> network.output(rest.u)[0]
    array([ 1.,  1., -1., -1.])
    """

    def run(self, network: Network, u: Array, monitor: Monitor, warm: Array | None = None) -> Rest:
        """Update until a whole sweep changes nothing."""
        two_valued = network.lagrangian.blocks == "unit" and network.lagrangian.bounded
        known = two_valued and len(network.shape) == 1 and fields_of(network.energy, 0) is not None
        noisy = self._noisy(network)
        if not known or not self._jumps(network) or monitor.watch is not None:
            return super().run(network, u, monitor, warm)
        if self._simultaneous and (noisy or self.damping != 1):
            return super().run(network, u, monitor, warm)
        batch = Batch(network, network.lagrangian.vertex(u), monitor)
        if self._simultaneous:
            monitor.disclaim()
            return batch.rest(self._parallel(batch))
        if not self._guarded:
            return batch.rest(self._sequential(batch, noisy))
        flips, slope = self._falling(batch)
        return batch.rest(flips + self._sequential(batch, noisy, slope))

    def _sequential(self, batch: Batch, noisy: bool, slope: Array | None = None) -> int:
        """Sweep all replicas in one order, those at rest dropping out; return the flips.

        `slope` is ∇H where it is known; replicas that it leaves at rest are not looked at again.
        """
        network, rng, flips = batch.network, self._rng(), 0
        told = self._guarded
        step = batch.opposite() - batch.v
        fields = fields_of(network.energy, batch.count)
        assert fields is not None
        left = batch.step < self.max_sweeps
        if left and slope is not None and isinstance(fields, QuadraticFields):
            moving = fields.wants(slope, step)
            batch.status[~moving] = Status.CONVERGED
            batch.steps[~moving] += 1
            fields.keep(moving)
            if not moving.any():
                batch.step += 1
                batch.tell()
                return 0
        while True:
            rows = fields.replicas
            rise, batch.energies[rows] = fields.start(batch.v[rows], step[rows])
            if not told:
                batch.tell()
            told = False
            if batch.step >= self.max_sweeps or not len(rows):
                break
            order = self._order(step.shape[1], rng)
            batch.advance(rows)
            noise, kick = ROUNDING * np.abs(rise).max(-1), None
            if noisy:
                kick = self._kick(network, (*batch.lead, step.shape[1]))
                kick = kick.reshape(step.shape)
            else:
                wants = -rise > noise[:, None]
                moving = wants.any(-1)
                batch.status[rows[~moving]] = Status.CONVERGED
                fields.keep(moving)
                rows, noise = fields.replicas, noise[moving]
                if not len(rows):
                    batch.tell()
                    break
                order = order[int(wants.any(0)[order].argmax()) :]
            v, moves = batch.v[rows], step[rows]
            flips += fields.sweep(v, moves, order, kick, noise)
            batch.v[rows], step[rows] = v, moves
        if noisy:
            batch.status[:] = Status.CONVERGED
        return flips

    def _parallel(self, batch: Batch) -> int:
        """Move all units at once until every replica rests or turns back; return the steps."""
        energy, rows, now = batch.network.energy, np.arange(batch.count), batch.v
        value, g = _evaluate(energy, rows, now)
        before, earlier = now, value
        batch.energies[:] = value
        batch.tell()
        while batch.step < self.max_sweeps and len(rows):
            new = _towards(batch, rows, g, now)
            stays = ~(new != now).any(-1)
            turns = ~stays & (new == before).all(-1)
            batch.put(rows, new)
            batch.advance(rows)
            batch.status[rows[stays]] = Status.CONVERGED
            batch.status[rows[turns]] = Status.CYCLE
            batch.energies[rows[turns]] = earlier[turns]
            rows, before, now, earlier = _some(~(stays | turns), rows, now, new, value)
            value, g = _evaluate(energy, rows, now)
            batch.energies[rows] = value
            batch.tell()
        return batch.step

    def _falling(self, batch: Batch) -> tuple[int, Array]:
        """Move all units at once, in each replica while that lowers H.

        Return how many units moved, and ∇H where each replica stopped.
        """
        energy, rows, now = batch.network.energy, np.arange(batch.count), batch.v
        value, g = _evaluate(energy, rows, now)
        slope, flips = np.array(g), 0
        batch.energies[:] = value
        batch.tell()
        while batch.step < self.max_sweeps:
            new = _towards(batch, rows, g, now)
            rows, now, new, value = _some((new != now).any(-1), rows, now, new, value)
            after, g = _evaluate(energy, rows, new)
            falls = after < value - ROUNDING * np.abs(value)
            rows, before, now, value, g = _some(falls, rows, now, new, after, g)
            if not len(rows):
                break
            flips += int(np.count_nonzero(before != now))
            batch.put(rows, now)
            batch.advance(rows)
            batch.energies[rows], slope[rows] = value, g
            batch.tell()
        return flips, slope


def _some(mask: Array, *arrays: Array) -> tuple[Array, ...]:
    """Return the rows of each array where the mask is set; the arrays themselves where all are."""
    return arrays if mask.all() else tuple(array[mask] for array in arrays)


def _towards(batch: Batch, rows: Array, g: Array, now: Array) -> Array:
    """Return the outputs that the fields −g send units to; at 0 they stay, held ones too."""
    middle, face = batch.middle, batch.network.lagrangian
    new = np.copysign(0.5 if middle else 1.0, np.negative(g, dtype=float))
    if middle:
        new += middle
    keeps = g == 0
    if isinstance(face, Face):
        held = np.broadcast_to(face.mask, (*batch.lead, now.shape[1]))
        keeps |= held.reshape(batch.v.shape)[rows]
    return np.where(keeps, now, new) if keeps.any() else new


def _evaluate(energy: Energy, rows: Array, v: Array) -> tuple[Array, Array]:
    """Return H and its gradient for some replicas of a batch."""
    if not isinstance(energy, Quadratic):
        return energy.evaluate(v)
    g, constant = product(energy.Q, v), some(energy.constant.reshape(-1), rows)
    if not energy.c.any():
        return np.einsum("bi,bi->b", v, g) / 2 + constant, g
    c = some(energy.c.reshape(-1, v.shape[1]), rows)
    g = g + c
    return np.einsum("bi,bi->b", v, g + c) / 2 + constant, g
