"""The second-order form of the continuous dynamics, integrated by SciPy's ODE solvers."""

from __future__ import annotations

from typing import Any

import numpy as np

from hopopt.core.inertial import Inertial
from hopopt.core.lagrangian import Array, total
from hopopt.core.motion import Monitor, Rest, Status
from hopopt.core.network import Network


class SecondOrder:
    """Masses between soft walls: `Inertial` as a differential equation.

    ẋ = y, ẏ = −(c·∂H/∂x + p·x + push), ṗ = −(1 − A·min(x², 1))·p/(S − t).

    A unit that is d > 0 deep in a wall is pushed back by k·d·(1 + γ·ḋ): friction γ takes velocity
    there, as a hard wall does (Hunt & Crossley 1975). S is the inertial motion's M·Δt; in the last
    Δt, S − t counts as Δt. The Lyapunov function is

        K = ½·|y|² + ½·Σ p·x² + c·H + ½·k·Σ d²,   dK/dt = ½·Σ ṗ·x² − γ·k·Σ d·y²,

    which is nowhere positive for A ≤ 1.

    Parameters
    ----------
    inertia : Inertial
        For A, c, M and Δt.
    network : Network
    u : array, shape (..., *shape)
    wall, friction : float
        k and γ.

    Attributes
    ----------
    state : array, shape (3·size of u,)
        x, y and p at the start.
    end : float
        S.

    Examples
    --------
    >>> import numpy as np
    >>> from hopopt import Inertial, Network, Quadratic, Tanh
    >>> network = Network(Quadratic([[0.0, -1.0], [-1.0, 0.0]]), Tanh(), T=0)
    >>> system = SecondOrder(Inertial(9), network, np.array([0.1, 0.0]), wall=20.0, friction=1.0)
    >>> system.state.shape, system.end, system.velocity(0.0, system.state).shape
    ((6,), 9.0, (6,))
    """

    def __init__(
        self, inertia: Inertial, network: Network, u: Array, wall: float, friction: float
    ) -> None:
        self.masses = masses = inertia.masses(network, u.astype(float))
        self.wall, self.friction = wall, friction
        self.end, self.least = inertia.steps * inertia.step, inertia.step
        self.state = np.concatenate([masses.x.ravel(), masses.y.ravel(), masses.p.ravel()])

    def parts(self, z: Array) -> tuple[Array, Array, Array]:
        """Return x, y and p, each shaped as u."""
        x, y, p = z.reshape(3, *self.masses.x.shape)
        return x, y, p

    def velocity(self, t: float, z: Array) -> Array:
        """Return dz/dt."""
        masses, (x, y, p) = self.masses, self.parts(z)
        d = np.maximum(np.abs(x) - 1, 0)
        push = self.wall * d * (np.sign(x) + self.friction * y)
        force = masses.c * masses.half * masses.network.energy.gradient(masses.outputs(x))
        fall = (1 - masses.A * np.minimum(x * x, 1)) * p / max(self.end - t, self.least)
        return np.stack([y * masses.free, -(force + p * x + push) * masses.free, -fall]).ravel()

    def energy(self, z: Array) -> Array:
        """Return K/c, one number a replica."""
        masses, (x, y, p) = self.masses, self.parts(z)
        squeeze = self.wall / 2 * total(np.maximum(np.abs(x) - 1, 0) ** 2, masses.ndim)
        inner = masses.energy(x, y, p)
        return np.asarray(inner + squeeze / masses.c.reshape(inner.shape))

    def jacobian(self, t: float, z: Array) -> Array:
        """Return ∂(dz/dt)/∂z of one replica, a dense matrix for implicit solvers."""
        masses, x = self.masses, self.parts(z)[0]
        size, (flat_x, flat_y, flat_p) = x.size, z.reshape(3, -1)
        free, A = np.broadcast_to(masses.free, x.shape).ravel(), np.ravel(masses.A)
        deep = np.maximum(np.abs(flat_x) - 1, 0)
        basis = np.eye(size).reshape(size, *x.shape)
        bend = masses.network.energy.hessp(masses.outputs(x), basis).reshape(size, size).T
        turn = self.wall * (deep > 0) * (1 + self.friction * flat_y * np.sign(flat_x))
        left = max(self.end - t, self.least)
        J = np.zeros((3, size, 3, size))
        each = np.arange(size)
        J[0, each, 1, each] = free
        J[1, :, 0] = -(masses.half**2 * np.ravel(masses.c) * bend) * free[:, None]
        J[1, each, 0, each] -= (flat_p + turn) * free
        J[1, each, 1, each] = -self.wall * self.friction * deep * free
        J[1, each, 2, each] = -flat_x * free
        J[2, each, 0, each] = 2 * A * flat_x * flat_p * (deep == 0) / left
        J[2, each, 2, each] = -(1 - A * np.minimum(flat_x**2, 1)) / left
        return J.reshape(3 * size, 3 * size)

    def run(self, monitor: Monitor, jacobian: bool, **options: Any) -> Rest:
        """Integrate to the end; options are those of `solve_ivp`."""
        from scipy.integrate import solve_ivp

        seen = [-1.0, -1.0]  # the last time, and how many steps there were

        def watch(t: float, z: Array) -> float:
            if t > seen[0]:
                seen[:] = t, seen[1] + 1
                x, _, p = self.parts(z)
                energy = self.energy(z) if monitor.record else None
                monitor.step(self.masses.half * x, t, float(p.mean()), energy)
            return 1.0

        def velocity(t: float, z: Array) -> Array:
            monitor.check()
            return self.velocity(t, z)

        if jacobian:
            options["jac"] = self.jacobian
        span = (0.0, self.end)
        watch(0.0, self.state)
        solution = solve_ivp(velocity, span, self.state, t_eval=span[1:], events=watch, **options)
        status = Status.SOLVER_FAILED if solution.status < 0 else Status.CONVERGED
        u = np.array(monitor.u)
        if status is Status.CONVERGED:
            u = self.masses.half * self.parts(solution.y[:, -1])[0]
        return Rest(u, None, status, int(seen[1]), int(solution.nfev))
