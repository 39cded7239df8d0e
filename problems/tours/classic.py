"""The two classical encodings, as published: Hopfield & Tank (1985), Talaván & Yáñez (2002)."""

from __future__ import annotations

from abc import abstractmethod
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from hopopt import (
    Attempt,
    Diagonal,
    Energy,
    ExponentialEuler,
    LineSearch,
    Method,
    Monitor,
    Motion,
    Network,
    Penalty,
    Sigmoid,
)
from hopopt.solve import Kind
from problems.shared.encodings import one_each
from problems.shared.motions import motion
from problems.tours.encoders import length, unit_scale
from problems.tours.instance import Instance
from problems.tours.relaxed import relaxed_tour

Floats = NDArray[np.float64]


class Classic(Method):
    """Shared by the two: n×n sigmoid units at one temperature, decoded by assignment."""

    @abstractmethod
    def network(self, matrix: Floats) -> Network:
        """Return the published network for a distance matrix."""

    @abstractmethod
    def start(self, network: Network, matrix: Floats, rng: np.random.Generator) -> Floats:
        """Return a first state."""

    @abstractmethod
    def motion(self, size: int) -> Motion:
        """Return what moves the network."""

    def attempt(self, problem: Instance, rng: np.random.Generator, monitor: Monitor) -> Attempt:
        matrix = problem.distances.matrix()
        network, move = self.network(matrix), self.motion(matrix.size)
        start = self.start(network, matrix, rng)
        return relaxed_tour(problem, [network], move, start, monitor)


class HopfieldTank1985(Classic):
    """The network of Hopfield & Tank: A = B = D = 500, C = 200, n_eff = 1.5·n, u₀ = .02, τ = 1.

    E = A/2·Σ_x Σ_{i≠j} v_xi·v_xj + B/2·Σ_i Σ_{x≠y} v_xi·v_yi + C/2·(Σ v − n_eff)² + D·length(V),
    with distances scaled to the mean of random cities in the unit square, .5214. The start is
    v = 1/n plus the published noise of ±.1·u₀. Most runs do not end in a tour, as Wilson & Pawley
    (1988) found; `valid_before_decoding` says which did.

    Parameters
    ----------
    solver : str, default "auto"
        A SciPy solver; "exponential-euler", at the proven step, which is minute here; "auto", LSODA
        where its Jacobian fits and RK23 above.
    A, B, C, D : float, default 500, 500, 200, 500
        The weights above: one visit of a city, one city at a position, the count, the length.
    bias : float, default 1.5
        C's: n_eff/n. Outputs stay below 1 at a finite gain, so that more than n must be asked for.
    **options
        Of `solve_ivp`: rtol, atol, max_step, ….

    References
    ----------
    Hopfield & Tank, "Neural computation of decisions in optimization problems", 1985; Wilson &
    Pawley, "On the stability of the travelling salesman problem algorithm of Hopfield and Tank",
    1988.
    """

    name: ClassVar[str] = "hopfield-tank-1985"
    summary: ClassVar[str] = "the 1985 network as published; most runs end in no tour"
    kind: Kind = "pure"

    GAIN_WIDTH = 0.02
    NOISE = 0.1
    MEAN_DISTANCE = 0.5214

    def __init__(
        self,
        solver: str = "auto",
        *,
        A: float = 500.0,
        B: float = 500.0,
        C: float = 200.0,
        D: float = 500.0,
        bias: float = 1.5,
        **options: Any,
    ) -> None:
        for name, value in (("A", A), ("B", B), ("C", C), ("D", D), ("bias", bias)):
            if not 0 <= value < np.inf:
                raise ValueError(f"{name} must be finite and nonnegative; got {value!r}")
        self.A, self.B, self.C, self.D, self.bias = A, B, C, D, bias
        self.solver, self.options = solver, options

    def motion(self, size: int) -> Motion:
        fast = ExponentialEuler(max_steps=100_000, tol=1e-6)
        return motion(self.solver, fast, size, self.options, duration=50.0, tol=1e-6)

    def network(self, matrix: Floats) -> Network:
        n = len(matrix)
        scaled = matrix * (self.MEAN_DISTANCE / (unit_scale(matrix) * n / max(1, n - 1)))
        count = Penalty(np.ones((1, n * n)), self.bias * n, self.C, shape=(n, n))
        energy = one_each(n, self.A, self.B) + count + self.D * length(scaled)
        return Network(energy, Sigmoid(), T=self.GAIN_WIDTH)

    def start(self, network: Network, matrix: Floats, rng: np.random.Generator) -> Floats:
        n = len(matrix)
        even = network.state(np.full((n, n), 1 / n))
        return even + self.NOISE * self.GAIN_WIDTH * rng.uniform(-1, 1, (n, n))


class TalavanYanez2002(Classic):
    """The parameter setting of Talaván & Yáñez, whose strictly stable corners are just the tours.

    E = A/2·Σ_x Σ_{i≠j} v_xi·v_xj + B/2·Σ_i Σ_{x≠y} v_xi·v_yi + C/2·(Σ v − N′)² + D·length(V), with
    D = 1/d_max, C = 10⁻⁵, N′ = n + 3/C, B = 3 + C, A = B − d_min/d_max; leak-free sigmoid units.
    The start is the saddle ∇E = 0 with equal outputs in every row, plus a little noise; the motion
    is the authors' optimal step.

    Parameters
    ----------
    solver : str, default "line-search"
        "line-search", as published; a SciPy solver; "auto", LSODA where its Jacobian fits and RK23
        above.
    **options
        Of `solve_ivp`: rtol, atol, max_step, ….

    References
    ----------
    Talaván & Yáñez, "Parameter setting of the Hopfield network applied to TSP", 2002; García,
    Talaván & Yáñez, "Improving the Hopfield model performance when applied to the traveling
    salesman problem", 2017.
    """

    name: ClassVar[str] = "talavan-yanez-2002"
    summary: ClassVar[str] = "the 2002 setting: saddle start, line search, always a tour"
    kind: Kind = "pure"

    COUNT = 1e-5
    GAIN_WIDTH = 0.3
    NOISE = 1e-3

    def __init__(self, solver: str = "line-search", **options: Any) -> None:
        self.solver, self.options = solver, options

    def motion(self, size: int) -> Motion:
        return motion(self.solver, LineSearch(), size, self.options, duration=1e4, tol=1e-9)

    def weights(self, matrix: Floats) -> tuple[float, float, float, float]:
        """Return A, B, C and D for a distance matrix."""
        n = len(matrix)
        between = matrix[~np.eye(n, dtype=bool)]
        low, high = float(between.min(initial=np.inf)), float(between.max(initial=0.0))
        B = 3 + self.COUNT
        if not 0 < high < np.inf:
            return B, B, self.COUNT, 1.0
        return B - low / high, B, self.COUNT, 1 / high

    def network(self, matrix: Floats) -> Network:
        n = len(matrix)
        A, B, C, D = self.weights(matrix)
        count = Penalty(np.ones((1, n * n)), n, C, shape=(n, n)) + Diagonal((n, n), c=-3.0)
        energy: Energy = one_each(n, A, B) + count + D * length(matrix)
        return Network(energy, Sigmoid(), T=self.GAIN_WIDTH, leak=0.0)

    def start(self, network: Network, matrix: Floats, rng: np.random.Generator) -> Floats:
        n = len(matrix)
        A, B, C, D = self.weights(matrix)
        system = (B + n * C) * np.ones((n, n)) + ((n - 1) * A - B) * np.eye(n)
        saddle = np.linalg.lstsq(system + D * (matrix + matrix.T), np.full(n, C * n + 3))[0]
        noise = self.NOISE * rng.uniform(-1, 1, (n, n)) / n
        return network.state(np.clip(saddle[:, None] + noise, 0, 1))
