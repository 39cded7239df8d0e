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
from hopopt.core.units import Separable
from hopopt.core.updates import ROUNDING, Updates
from hopopt.fast.fields import fields_of, product
from hopopt.fast.settled import Settled, tell


@dataclass(frozen=True, eq=False)
class Sweeps(Updates):
    """`Updates` of two-valued units for quadratic energies and dense memories, made fast.

    Sequential sweeps at T = 0 and Glauber sweeps at T > 0, parallel updates at T = 0; whatever else
    is asked goes the way of `Updates`. Lanes that have come to rest, or in parallel fallen into a
    cycle of two states, are left alone.

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
        known = two_valued and fields_of(network.energy, 0) is not None
        noisy = self._noisy(network)
        if not known or self.damping != 1 or not self._jumps(network):
            return super().run(network, u, monitor, warm)
        if not self._simultaneous:
            return self._settled(network, u, monitor, self._sequential(network, u, noisy))
        if noisy:
            return super().run(network, u, monitor, warm)
        monitor.disclaim()
        return self._settled(network, u, monitor, self._parallel(network, u))

    def _settled(self, network: Network, u: Array, monitor: Monitor, settled: Settled) -> Rest:
        v = settled.v.reshape(u.shape)
        state = network.state(v) if np.any(network.T) else v - _middle(network)
        tell(monitor, settled, state, float(np.max(network.T)))
        status = Status.CYCLE if settled.cycled.any() else Status.CONVERGED
        status = Status.MAX_STEPS if settled.moving.any() else status
        steps = int(settled.steps.max(initial=0))
        return Rest(state, None, status, steps, int(settled.steps.sum()))

    def _sequential(self, network: Network, u: Array, noisy: bool) -> Settled:
        """Sweep all lanes in one order; those at rest drop out."""
        v, step = _moves(network, u)
        fields = fields_of(network.energy, len(v))
        assert fields is not None
        rng, value = self._rng(), np.empty(len(v))
        steps, energies = np.zeros(len(v), dtype=int), list[Array]()
        for sweep in range(self.max_sweeps + 1):
            lanes = fields.lanes
            rise, value[lanes] = fields.start(v[lanes], step[lanes])
            energies.append(value.copy())
            if sweep == self.max_sweeps or not len(lanes):
                break
            steps[lanes] += 1
            order = self._order(v.shape[1], rng)
            noise, kick = ROUNDING * np.abs(rise).max(-1), None
            if noisy:
                kick = self._kick(network, v.shape)
            else:
                wants = -rise > noise[:, None]
                moving = wants.any(-1)
                fields.keep(moving)
                lanes, noise = fields.lanes, noise[moving]
                if not len(lanes):
                    break
                order = order[int(wants.any(0)[order].argmax()) :]
            now, move = v[lanes], step[lanes]
            fields.sweep(now, move, order, kick, noise)
            v[lanes], step[lanes] = now, move
        moving = np.zeros(len(v), dtype=bool)
        moving[fields.lanes] = not noisy
        return Settled(v, steps, np.zeros(len(v), dtype=bool), moving, energies)

    def _parallel(self, network: Network, u: Array) -> Settled:
        """Move all units at once until every lane rests or turns back."""
        now = np.atleast_2d(network.lagrangian.vertex(u))
        held = None
        if isinstance(network.lagrangian, Face):
            held = np.broadcast_to(network.lagrangian.mask, now.shape)
        v, before, active = np.empty_like(now), now, np.arange(len(now))
        steps, cycled = np.zeros(len(v), dtype=int), np.zeros(len(v), dtype=bool)
        value, energies = np.empty(len(v)), list[Array]()
        for sweep in range(self.max_sweeps + 1):
            value[active], g = _evaluate(network.energy, active, now)
            energies.append(value.copy())
            if sweep == self.max_sweeps:
                break
            steps[active] += 1
            new = _towards(g, now, _middle(network), None if held is None else held[active])
            moves = (new != now).any(-1)
            turns = moves & (new == before).all(-1)
            rests = turns | ~moves
            before, now = now, new
            if rests.any():
                v[active[rests]], cycled[active] = before[rests], turns
                active, before, now = active[~rests], before[~rests], now[~rests]
                if not len(active):
                    break
        v[active] = now
        moving = np.zeros(len(v), dtype=bool)
        moving[active] = True
        return Settled(v, steps, cycled, moving, energies)


def _moves(network: Network, u: Array) -> tuple[Array, Array]:
    """Return the outputs, shape (B, N), and the step that each unit may take."""
    v = network.lagrangian.vertex(u)
    step = network.lagrangian.opposite(v) - v
    return np.array(np.atleast_2d(v), dtype=float), np.array(np.atleast_2d(step), dtype=float)


def _towards(g: Array, now: Array, middle: float, held: Array | None) -> Array:
    """Return the outputs that the fields −g send units to; at 0 they stay, held ones too."""
    new = np.copysign(0.5 if middle else 1.0, np.negative(g, dtype=float))
    if middle:
        new += middle
    keeps = g == 0
    if held is not None:
        keeps |= held
    return np.where(keeps, now, new) if keeps.any() else new


def _evaluate(energy: Energy, lanes: Array, v: Array) -> tuple[Array, Array]:
    """Return H and its gradient for some lanes of a batch."""
    if not isinstance(energy, Quadratic):
        return energy.evaluate(v)
    g = product(energy.Q, v)
    if not energy.c.any():
        return np.einsum("bi,bi->b", v, g) / 2 + energy.constant, g
    c = energy.c if energy.c.ndim == 1 or len(energy.c) == 1 else energy.c[lanes]
    g = g + c
    return np.einsum("bi,bi->b", v, g + c) / 2 + energy.constant, g


def _middle(network: Network) -> float:
    """Return the state at which a unit's two values meet."""
    face = network.lagrangian
    base = face.base if isinstance(face, Face) else face
    return (base.low + base.high) / 2 if isinstance(base, Separable) else 0.0
