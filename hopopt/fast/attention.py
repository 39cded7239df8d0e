"""One-step recall in batches: `Majorize` of a dense memory, step for step, with shared work.

`Majorize` moves all lanes until the last one rests, and asks the energy twice for what one product
gives. Here a lane that rests drops out, and attention that has gathered on a few patterns is summed
over those alone. The law, a test: the states after every step are those of `Majorize`.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.sparse import csr_array

from hopopt.core.face import Face
from hopopt.core.hidden import Memory
from hopopt.core.lagrangian import Array
from hopopt.core.motion import Majorize, Monitor, Rest, Status
from hopopt.core.network import Network
from hopopt.core.polytope import Polytope
from hopopt.core.units import Identity
from hopopt.fast.settled import Settled, tell

NEGLIGIBLE = 1e-17
FEW = 0.03


@dataclass(frozen=True)
class Attention(Majorize):
    """`Majorize` for memories with a softmax over the patterns, made fast.

    v ← ∇L(Ξᵀ·softmax((Ξv + b)/T)): one step of attention (Ramsauer et al. 2020). Whatever else is
    asked goes the way of `Majorize`.

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
        known = self.tol and np.all(np.equal(network.leak, 1))
        known = known and not isinstance(network.lagrangian, Face)
        if not (known and isinstance(energy, Memory) and attends(energy)):
            return super().run(network, u, monitor, warm)
        settled = self._settle(network, energy, np.atleast_2d(network.output(u)[0]))
        out = settled.v.reshape(u.shape)
        state = network.state(out)
        tell(monitor, settled, state, float(np.max(network.T)))
        status = Status.MAX_STEPS if settled.moving.any() else Status.CONVERGED
        steps = int(settled.steps.max(initial=0))
        return Rest(state, None, status, steps, int(settled.steps.sum()))

    def _settle(self, network: Network, energy: Memory, v: Array) -> Settled:
        active, v = np.arange(len(v)), np.array(v, dtype=float)
        nearest = np.zeros(len(v), dtype=int)
        steps, value, energies = np.zeros(len(v), dtype=int), np.empty(len(v)), list[Array]()
        for step in range(self.max_steps + 1):
            now = v[active]
            value[active], pull, nearest[active] = attend(energy, active, now)
            value[active] += network.conjugate(now)
            energies.append(value.copy())
            if step == self.max_steps:
                break
            steps[active] += 1
            new = pull / network.T if _linear(network) else network.output(pull)[0]
            size = np.abs(new).max(-1)
            moves = np.abs(new - now).max(-1) > self.tol * size
            v[active] = new
            active = active[moves]
            if not len(active):
                break
        moving = np.zeros(len(v), dtype=bool)
        moving[active] = True
        cycled = np.zeros(len(v), dtype=bool)
        return Settled(v, steps, cycled, moving, energies, nearest)


def _linear(network: Network) -> bool:
    return isinstance(network.lagrangian, Identity)


def attends(energy: Memory) -> bool:
    """Whether an energy is a softmax over patterns that are scored by products, at one T."""
    softmax = isinstance(energy.hidden, Polytope) and energy.axis == "patterns"
    return softmax and energy.similarity == "dot" and energy.T.ndim == 0


def attend(energy: Memory, lanes: Array, v: Array) -> tuple[Array, Array, Array]:
    """Return H, the pull −∇H = Ξᵀp and the most attended pattern of some lanes.

    The pull is summed over the patterns that matter.
    """
    bias = energy.bias if energy.bias.ndim == 1 else energy.bias[lanes]
    s = v @ energy.patterns.T
    s += bias
    nearest = s.argmax(-1)
    top = np.take_along_axis(s, nearest[:, None], -1)[:, 0]
    T = float(energy.T)
    near = s > (top + T * np.log(NEGLIGIBLE))[:, None]
    if np.count_nonzero(near) > FEW * near.size:
        p = np.exp((s - top[:, None]) / T)
        mass = p.sum(-1)
        p /= mass[:, None]
        return -(T * np.log(mass) + top), p @ energy.patterns, nearest
    rows, columns = np.divmod(np.flatnonzero(near), s.shape[1])
    p = np.exp((s[rows, columns] - top[rows]) / T)
    mass = np.bincount(rows, p, minlength=len(v))
    starts = np.searchsorted(rows, np.arange(len(v) + 1))
    sparse = csr_array((p / mass[rows], columns, starts), shape=s.shape)
    return -(T * np.log(mass) + top), np.asarray(sparse @ energy.patterns), nearest
