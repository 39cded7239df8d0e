"""Recipe A: an n×n Sinkhorn network, annealed from its critical temperature."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from hopopt import Attempt, Diagonal, ExponentialEuler, Method, Monitor, Network, Sinkhorn
from hopopt.solve import Kind
from problems.shared.motions import motion, restarts
from problems.tours.encoders import leading_modes, length, length_criticality, unit_scale
from problems.tours.instance import Instance
from problems.tours.relaxed import relaxed_tour

Floats = NDArray[np.float64]

FAST = ExponentialEuler.name
STEP = np.log(2)
SWEEPS = 40


class Assignment(Method):
    """Softassign units V[city, position] whose energy is the tour's length, slowly cooled.

    E = length(V) − (a/2)·‖V‖² + T·Σ v ln v on doubly stochastic V, distances scaled to mean 1. T
    falls geometrically from just below its critical value while the self-coupling a grows from 0
    and drives the outputs to a vertex. The start is the network's own unstable mode, which lays the
    cities around a circle; restarts perturb the distances.

    Parameters
    ----------
    solver : str, default "auto"
        A SciPy solver, which integrates every stage to rest; "exponential-euler", one step a stage;
        "auto", LSODA where its Jacobian fits and RK23 above.
    stages : int, optional
        Number of temperatures: by default 24 for SciPy's solvers, max(300, 6n) for the fast step.
    hot, cold : float, default 1.5 and 30
        The first and the last temperature are T_c/hot and T_c/cold.
    coupling : float, default 1
        The final self-coupling a.
    jitter : float, default 0.01
        Every distance is perturbed by this relative amount: annealing forgets its start, so that
        restarts need instances that differ.
    **options
        Of `solve_ivp`: rtol, atol, max_step, ….

    References
    ----------
    Peterson & Söderberg, 1989; Rangarajan, Gold & Mjolsness, 1996.
    """

    name: ClassVar[str] = "assignment"
    summary: ClassVar[str] = "n×n Sinkhorn (softassign) units, annealed; any distances"
    kind: Kind = "pure"

    def __init__(
        self,
        solver: str = "auto",
        stages: int | None = None,
        hot: float = 1.5,
        cold: float = 30.0,
        coupling: float = 1.0,
        jitter: float = 0.01,
        **options: Any,
    ) -> None:
        if stages is not None and stages < 1:
            raise ValueError(f"stages must be a positive integer; got {stages}")
        if not 0 < hot < cold:
            raise ValueError(f"hot and cold must satisfy 0 < hot < cold; got {hot}, {cold}")
        self.solver, self.stages, self.hot, self.cold = solver, stages, hot, cold
        if not 0 <= jitter < 1:
            raise ValueError(f"jitter must lie in [0, 1); got {jitter}")
        self.coupling, self.jitter, self.options = coupling, jitter, options

    def attempt(self, problem: Instance, rng: np.random.Generator, monitor: Monitor) -> Attempt:
        n = problem.size
        fast = ExponentialEuler(STEP, max_steps=1, tol=0, descends=False)
        move = motion(self.solver, fast, n * n, self.options, duration=30.0, tol=1e-3)
        matrix = jittered(problem.distances.matrix(), self.jitter, rng)
        count = self.stages or (max(300, 6 * n) if move is fast else 24)
        sweeps = SWEEPS if move is fast else None
        stages = self.networks(matrix, count, sweeps)
        return relaxed_tour(problem, stages, move, unstable_mode(matrix, rng), monitor)

    def restarts(self, problem: Instance) -> int:
        return restarts(problem.size, 600, self.solver == FAST)

    def networks(self, matrix: Floats, count: int, sweeps: int | None) -> Iterator[Network]:
        """Yield the stages for distances of mean 1: falling T, growing self-coupling.

        Where no mode of the length grows (n = 3, 4; zero distances), that of one unit's own
        coupling, 1/n, is the critical temperature.
        """
        tour_length, shape = length(matrix), matrix.shape
        critical = max(length_criticality(matrix), 1 / len(matrix))
        temperatures = np.geomspace(critical / self.hot, critical / self.cold, count)
        for T, share in zip(temperatures, np.linspace(0, 1, count), strict=True):
            energy = tour_length + Diagonal(shape, -self.coupling * share)
            yield Network(energy, Sinkhorn(sweeps), T=T)


def jittered(matrix: Floats, jitter: float, rng: np.random.Generator) -> Floats:
    """Return distances of mean 1, each off by a relative `jitter`; symmetry is kept."""
    noise = np.triu(rng.standard_normal(matrix.shape), 1)
    lower = (
        noise.T
        if np.array_equal(matrix, matrix.T)
        else np.tril(rng.standard_normal(matrix.shape), -1)
    )
    return np.asarray(matrix * np.exp(jitter * (noise + lower)) / unit_scale(matrix))


def unstable_mode(matrix: Floats, rng: np.random.Generator, size: float = 0.05) -> Floats:
    """Return a start along the first mode to grow: the cities' leading plane, on a circle."""
    n = len(matrix)
    values, modes = leading_modes(matrix, 2)
    axes = modes * np.sqrt(np.abs(values))
    phase = 2 * np.pi * np.arange(n) / n
    largest = np.sqrt(np.abs(values[0])) or 1.0
    wave = np.outer(axes[:, 0], np.cos(phase)) + np.outer(axes[:, -1], np.sin(phase))
    noise = 1e-3 * rng.standard_normal((n, n))
    return np.asarray(size * np.sqrt(n) * wave / largest + noise)
