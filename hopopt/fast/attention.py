"""One-step recall in batches: `Majorize` of a dense memory, step for step, with shared work.

`Majorize` moves all replicas until the last one rests, and asks the energy twice for what one
product gives. Here a replica that rests drops out, and attention that has gathered on a few
patterns is summed over those alone. The law, a test: the states after every step are those of
`Majorize`.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.sparse import csr_array

from hopopt.core.face import Face
from hopopt.core.hidden import Memory
from hopopt.core.lagrangian import Array
from hopopt.core.majorize import Majorize
from hopopt.core.motion import Monitor, Rest, Status
from hopopt.core.network import Network
from hopopt.core.polytope import Polytope
from hopopt.core.units import Identity
from hopopt.fast.batch import Batch
from hopopt.fast.fields import some

NEGLIGIBLE = 1e-17
FEW = 0.03


@dataclass(frozen=True)
class Attention(Majorize):
    """`Majorize` for memories that score patterns by products, made fast.

    With a softmax over the patterns, v ← ∇L(Ξᵀ·softmax((Ξv + b)/T)): one step of attention
    (Ramsauer et al. 2020). Whatever else is asked goes the way of `Majorize`.

    Examples
    --------
    >>> import numpy as np
    >>> from hopopt import Identity, Memory, Monitor, Network, Softmax
    >>> energy = Memory([[1.0, 1.0], [1.0, -1.0]], Softmax(), T=0.1)
    >>> rest = Attention().run(Network(energy, Identity()), np.array([0.5, 0.5]), Monitor())
    >>> rest.u.round(6), rest.nit
    (array([1., 1.]), 3)
    """

    def run(self, network: Network, u: Array, monitor: Monitor, warm: Array | None = None) -> Rest:
        """Move until nothing moves, at most `max_steps` steps."""
        energy = network.energy
        known = self.tol and np.all(np.equal(network.leak, 1)) and np.ndim(network.T) == 0
        known = known and not isinstance(network.lagrangian, Face)
        if not (known and isinstance(energy, Memory) and scores_products(energy)):
            return super().run(network, u, monitor, warm)
        return self._settle(Batch(network, network.output(u)[0], monitor), energy)

    def _settle(self, batch: Batch, energy: Memory) -> Rest:
        network, rows = batch.network, np.arange(batch.count)
        nearest = np.zeros(batch.count, dtype=int) if attends(energy) else None
        while len(rows):
            now = batch.v[rows]
            value, pull, most = attend(energy, rows, now)
            batch.energies[rows] = value + network.conjugate(now)
            if nearest is not None:
                nearest[rows] = most
            batch.tell()
            if batch.step == self.max_steps:
                break
            batch.advance(rows)
            new = pull / network.T if _linear(network) else network.output(pull)[0]
            size = np.abs(new).max(-1)
            moves = np.abs(new - now).max(-1) > self.tol * size
            batch.put(rows, new)
            batch.status[rows[~moves]] = Status.CONVERGED
            rows = rows[moves]
        else:
            batch.tell()
        batch.nearest = nearest
        return batch.rest(batch.step)


def _linear(network: Network) -> bool:
    return isinstance(network.lagrangian, Identity)


def scores_products(energy: Memory) -> bool:
    """Whether patterns are scored by products, at one T, and by one bias where no softmax is."""
    plain = energy.axis == "patterns" and energy.similarity == "dot" and energy.T.ndim == 0
    return plain and (energy.bias.ndim == 1 or attends(energy))


def attends(energy: Memory) -> bool:
    """Whether the hidden units are a softmax over the patterns."""
    return isinstance(energy.hidden, Polytope)


def attend(energy: Memory, rows: Array, v: Array) -> tuple[Array, Array, Array | None]:
    """Return H, the pull −∇H = Ξᵀp and the most attended pattern of some replicas.

    The pull of a softmax is summed over the patterns that matter.
    """
    if not attends(energy):
        value, gradient = energy.evaluate(v)
        return value, -gradient, None
    bias = some(energy.bias.reshape(-1, len(energy.patterns)), rows)
    s = v @ energy.patterns.T
    s += bias
    nearest = s.argmax(-1)
    top = np.take_along_axis(s, nearest[:, None], -1)[:, 0]
    T = float(energy.T)
    near = s >= (top + T * np.log(NEGLIGIBLE))[:, None]
    if np.count_nonzero(near) > FEW * near.size:
        p = np.exp((s - top[:, None]) / T)
        mass = p.sum(-1)
        p /= mass[:, None]
        return -(T * np.log(mass) + top), p @ energy.patterns, nearest
    at, columns = np.divmod(np.flatnonzero(near), s.shape[1])
    p = np.exp((s[at, columns] - top[at]) / T)
    mass = np.bincount(at, p, minlength=len(v))
    starts = np.searchsorted(at, np.arange(len(v) + 1))
    sparse = csr_array((p / mass[at], columns, starts), shape=s.shape)
    return -(T * np.log(mass) + top), np.asarray(sparse @ energy.patterns), nearest
