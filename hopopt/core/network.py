"""The Hopfield network: a domain, an objective on it, and the circuit's constants."""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import prod
from typing import Any, NamedTuple, Self

import numpy as np
from numpy.typing import ArrayLike
from scipy.sparse.linalg import LinearOperator, eigs

from hopopt.core.checks import numbers
from hopopt.core.energy import Diagonal, Energy
from hopopt.core.face import Face
from hopopt.core.lagrangian import Array, Lagrangian, fits, instance, per_replica, total

DENSE_MODES = 64
JACOBIAN_CHUNK = 2**22
ROUNDING = 1e-10


class State(NamedTuple):
    """Everything a motion reads off one state u, computed together.

    Examples
    --------
    >>> import numpy as np
    >>> from hopopt import Network, Quadratic, Tanh
    >>> network = Network(Quadratic(np.eye(2)), Tanh())
    >>> state = network.evaluate(np.array([1.0, 0.0]))
    >>> state.v.round(3), bool(state.gap > 0)
    (array([0.762, 0.   ]), True)
    """

    u: Array
    v: Array
    warm: Array | None
    field: Array
    energy: Array
    gap: Array


@dataclass(frozen=True, eq=False)
class Network:
    """A Hopfield network: τ·du/dt = −g·u − ∇H(v), v = ∇L_T(u).

    Its energy E = H(v) + g·L_T*(v) never rises along the flow, for every Lagrangian
    (Hopfield 1984; Krotov & Hopfield 2021); without leak (g = 0) H itself descends. At T = 0 the
    outputs are vertices of the domain: the discrete network (Hopfield 1982).

    Parameters
    ----------
    energy : Energy
        The objective H, with domain shape `energy.shape`, of at least one unit.
    lagrangian : Lagrangian
        The domain and its activation.
    T : float or array over the replicas, default 1
        Temperature, the inverse gain; positive, or zero for the discrete network.
    tau : float or array, default 1
        Time constant(s) τ > 0. Per unit only where units are separable, else constant inside each
        block: otherwise E could rise.
    leak : float or array, default 1
        Leak conductance(s) g ≥ 0, under the same rule; 0 is leak-free.
    noise : float or array over the replicas, optional
        Amplitude a ≥ 0 of the noise in the inputs, which stochastic `Updates` add and all other
        motions leave out: v ← ∇L_T(−∇H/g + a·z). By default their noise is thermal, of the
        temperature T, and sends the outputs to vertices (Glauber dynamics).
    external, threshold : array_like, optional
        External input i and thresholds θ: they add −⟨i − θ, v⟩ to H.

    Examples
    --------
    >>> import numpy as np
    >>> from hopopt import Network, Quadratic, Tanh
    >>> weights = np.array([[0.0, 1.0], [1.0, 0.0]])
    >>> network = Network(Quadratic(-weights), Tanh(), T=0.5)
    >>> float(network.critical_temperature())
    1.0
    >>> network.velocity(np.array([0.5, 0.5])).round(3)
    array([0.262, 0.262])
    """

    energy: Energy
    lagrangian: Lagrangian
    T: float | Array = 1.0
    tau: float | Array = 1.0
    leak: float | Array = 1.0
    noise: float | Array | None = None
    external: ArrayLike | None = None
    threshold: ArrayLike | None = None

    def __post_init__(self) -> None:
        if not isinstance(self.energy, Energy):
            raise TypeError(f"energy must be an Energy; got {self.energy!r}")
        if not prod(self.shape):
            raise ValueError(f"energy must have at least one unit; got {self.energy!r}")
        set_ = object.__setattr__
        instance(self.lagrangian, "lagrangian")
        set_(self, "lagrangian", self.lagrangian.on(self.shape))
        for name, positive in (("T", False), ("tau", True), ("leak", False)):
            set_(self, name, _checked(name, getattr(self, name), positive))
        if np.any(self.T) and not np.all(self.T):
            raise ValueError(f"T must be positive in all replicas or zero in all; got {self.T}")
        if self.noise is not None:
            set_(self, "noise", _checked("noise", self.noise, False))
        for name in ("tau", "leak"):
            values = self._fitting(name, getattr(self, name))
            if values.ndim and not self.lagrangian.uniform(values):
                raise ValueError(
                    f"{name} must be constant inside each block of {self.lagrangian!r}: E could "
                    "rise otherwise; got different values inside a block"
                )
        for name, sign in (("external", -1.0), ("threshold", 1.0)):
            if getattr(self, name) is not None:
                values = self._fitting(name, _checked(name, getattr(self, name)))
                set_(self, "energy", self.energy + Diagonal(self.shape, 0.0, sign * values))
                set_(self, name, None)

    def _fitting(self, name: str, values: Array) -> Array:
        if not fits(values, self.shape):
            raise ValueError(f"{name} must fit the domain's shape {self.shape}; got {values.shape}")
        return values

    @property
    def shape(self) -> tuple[int, ...]:
        """The domain shape of states and outputs."""
        return self.energy.shape

    def at(self, **changes: Any) -> Self:
        """Return this network with some of its parts changed: the next stage of an annealing."""
        return replace(self, **changes)

    def clamp(self, mask: ArrayLike, v: ArrayLike) -> Self:
        """Return the network on the face of its domain where the units in `mask` are held at v."""
        mask = self._fitting("mask", np.asarray(mask, dtype=bool))
        values = self._fitting("v", np.asarray(numbers(v, "v"), dtype=float))
        mask = np.broadcast_to(mask, np.broadcast_shapes(mask.shape, self.shape))
        return replace(self, lagrangian=Face(self.lagrangian, mask, values))

    def output(self, u: Array, warm: Array | None = None) -> tuple[Array, Array | None]:
        """Return v = ∇L_T(u), a vertex where T = 0, and the potentials that warm the next call."""
        if not np.any(self.T):
            return self.lagrangian.vertex(u), None
        return self.lagrangian.gradient(u, self.T, warm)

    def states(self, u: ArrayLike) -> Array:
        """Return u with a replica for every T and noise; refuse what is no finite state.

        Single precision stays single; all other numbers become double.
        """
        u, ndim = real_numbers(u), len(self.shape)
        if u.shape[max(0, u.ndim - ndim) :] != self.shape:
            raise ValueError(f"u must end in the domain's shape {self.shape}; got {u.shape}")
        with np.errstate(over="ignore", invalid="ignore"):
            finite = np.isfinite(u.sum()) or np.all(np.isfinite(u))  # a sum tells in most cases
        if not finite:
            raise ValueError("u must be finite; got NaN or infinity")
        shapes = [per_replica(p, ndim).shape for p in (self.T, self.noise) if p is not None]
        shape = np.broadcast_shapes(u.shape, *shapes)
        return u if shape == u.shape else np.broadcast_to(u, shape).copy()

    def state(self, v: ArrayLike) -> Array:
        """Return a state u whose output is v."""
        T = self.T if np.any(self.T) else 1.0
        return self.lagrangian.inverse(np.asarray(v, dtype=float), T)

    def lyapunov(self, u: Array) -> Array:
        """Return E(u) = H(v) + Σ g·L_T*(v), one number per replica.

        Raises
        ------
        ValueError
            Where the field is no gradient, so that there is no such function.
        """
        if not self.energy.conservative:
            raise ValueError(f"E is no Lyapunov function of {self.energy!r}: its W is asymmetric")
        v, _ = self.output(u)
        return self.energy.value(v) + self.conjugate(v)

    def conjugate(self, v: Array) -> Array:
        """Return Σ g·L_T*(v), what the leak adds to H, one number per replica."""
        return total(self._leakage(v) + np.zeros(v.shape), len(self.shape))

    def _leakage(self, v: Array) -> Array:
        """Return g·L_T*(v) unit by unit."""
        if not np.any(self.leak) or not np.any(self.T):
            return np.zeros(())
        return np.asarray(
            self.leak * per_replica(self.T, len(self.shape)) * self.lagrangian.density(v)
        )

    def velocity(self, u: Array, warm: Array | None = None) -> Array:
        """Return du/dt = (−g·u − ∇H(v))/τ."""
        v, _ = self.output(u, warm)
        return np.asarray((-self.leak * u - self.energy.gradient(v)) / self.tau)

    def evaluate(self, u: Array, warm: Array | None = None, *, gap: bool = True) -> State:
        """Return output, field −∇H, energy E and gap of a state, sharing the work.

        Without `gap`, which costs another output, the gap is NaN.
        """
        v, warm = self.output(u, warm)
        value, gradient = self.energy.evaluate(v)
        leakage = self._leakage(v)
        energy = value + total(leakage + np.zeros(v.shape), len(self.shape))
        away = self._gap(v, -gradient, leakage, warm) if gap else np.full(energy.shape, np.nan)
        return State(u, v, warm, -gradient, energy, away)

    def gap(self, u: Array) -> Array:
        """Return how far a state is from rest, in units of energy: 0 at a fixed point, never less.

        It is max over s in the domain of ⟨s − v, −∇H⟩ + g·(L_T*(v) − L_T*(s)): with leak the
        Fenchel–Young gap of the field, without it the Frank–Wolfe gap. Linear units without leak
        have none; ½‖∇H‖² stands in.
        """
        return self.evaluate(u).gap

    def _gap(self, v: Array, field: Array, leakage: Array, warm: Array | None) -> Array:
        ndim = len(self.shape)
        if not self.lagrangian.bounded and not np.all(self.leak):
            return total(self.lagrangian.jvp(v, field) * field, ndim) / 2
        best = self._best_response(field, warm)
        return np.maximum(total((best - v) * field + leakage - self._leakage(best), ndim), 0)

    def _best_response(self, field: Array, warm: Array | None) -> Array:
        """Return the s that maximises ⟨s, field⟩ − g·L_T*(s) over the domain."""
        if not np.any(self.leak) or not np.any(self.T):
            return self.lagrangian.vertex(field)
        leaky = np.asarray(self.leak > np.zeros(()))
        smooth, _ = self.lagrangian.gradient(field / np.where(leaky, self.leak, 1), self.T, warm)
        return smooth if leaky.all() else np.where(leaky, smooth, self.lagrangian.vertex(field))

    def jacobian(self, u: Array, warm: Array | None = None) -> Array:
        """Return ∂(du/dt)/∂u = −(g + ∇²H·∇²L_T)/τ, a dense (N, N) matrix for implicit solvers."""
        size = prod(self.shape)
        v, _ = self.output(u, warm)
        J = np.empty((size, size))
        step = max(1, JACOBIAN_CHUNK // size)
        for start in range(0, size, step):
            chunk = np.arange(start, min(size, start + step))
            basis = np.zeros((len(chunk), size))
            basis[np.arange(len(chunk)), chunk] = 1
            moved = self.lagrangian.jvp(v, basis.reshape(-1, *self.shape), self.T)
            J[:, chunk] = -self.energy.hessp(v, moved).reshape(len(chunk), size).T
        J[np.arange(size), np.arange(size)] -= np.broadcast_to(self.leak, self.shape).ravel()
        return np.asarray(J / np.broadcast_to(self.tau, self.shape).reshape(size, 1))

    def critical_temperature(self) -> float:
        """Return the temperature at which u = 0 loses stability: where an annealing should start.

        The largest eigenvalue of ∇²L₁·(−∇²H)/g at the output of u = 0, by Arnoldi iteration; just 0
        if no mode ever grows. For softmax and Sinkhorn units this is λ_max(PTP)/(n·g) with P the
        projector on the constraints' tangent space.
        """
        if not np.all(np.greater(self.leak, 0)):
            raise ValueError("leak must be positive: without leak there is no critical temperature")
        v, _ = self.lagrangian.gradient(np.zeros(self.shape), 1.0)
        size = v.size

        def mode(w: Array) -> Array:
            field = -self.energy.hessp(v, w.reshape(v.shape)) / self.leak
            return self.lagrangian.jvp(v, field, 1.0).ravel()

        if size <= DENSE_MODES:
            modes = np.linalg.eigvals(np.stack([mode(w) for w in np.eye(size)]))
            top, strength = float(modes.real.max()), float(np.abs(modes).max())
        else:
            v0 = np.random.default_rng(0).standard_normal(size)
            strength = float(np.linalg.norm(mode(v0)) / np.linalg.norm(v0))
            if not strength:
                return 0.0
            operator = LinearOperator((size, size), mode, dtype=float)
            modes = eigs(operator, 1, which="LR", v0=v0, tol=1e-5, return_eigenvectors=False)
            top = float(modes[0].real)
        return top if top > ROUNDING * strength else 0.0

    def step_bound(self, *, exponential: bool = False) -> float:
        """Return the longest Euler step that is proven never to raise E, from any state.

        h ≤ min(τ/g, 2τ/(g + κ·max(0, λ_max(∇²H)))), κ the Lipschitz constant of v(u) at this T, for
        the unit where that is least. An exponential step h is an Euler step (τ/g)(1 − e^{−hg/τ}),
        so that its bound is −(τ/g)·ln(1 − h·g/τ), infinite where h reaches τ/g.
        """
        if not np.all(np.greater(self.T, 0)):
            raise ValueError("T must be positive: at T = 0 no step of the flow is safe")
        bend = max(0.0, self.energy.curvature())
        stiffness = bend and self.lagrangian.lipschitz / np.min(self.T) * bend
        rate = np.asarray(self.leak / np.asarray(self.tau))
        with np.errstate(divide="ignore", invalid="ignore"):
            euler = np.minimum(1 / rate, 2 / (rate + stiffness / np.asarray(self.tau)))
            if not exponential:
                return float(euler.min())
            share = np.minimum(euler * rate, 1)
            bounds = np.where(rate > 0, -np.log1p(-share) / rate, euler)
        return float(bounds.min())


def real_numbers(u: ArrayLike) -> Array:
    """Return an array of single precision as it is, any other in double precision."""
    u = np.asarray(u)
    return u if u.dtype == np.float32 else u.astype(float, copy=False)


def _checked(name: str, values: Any, positive: bool | None = None) -> Array:
    """Return values as a float array, refused by name where not finite or of the wrong sign."""
    array = np.asarray(numbers(values, name), dtype=float)
    right = np.isfinite(array) & (positive is None or (array > 0 if positive else array >= 0))
    if not np.all(right):
        kind = {None: "", True: " and positive", False: " and nonnegative"}[positive]
        raise ValueError(f"{name} must be finite{kind}; got {values!r}")
    return array
