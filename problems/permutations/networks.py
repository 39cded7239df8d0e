"""Networks over permutations: annealed Sinkhorn units, exchanges, and units that rest."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment

from hopopt import (
    Diagonal,
    Energy,
    ExponentialEuler,
    Kronecker,
    Monitor,
    Motion,
    Network,
    Relaxation,
    Sinkhorn,
    anneal,
)

Floats = NDArray[np.float64]
Order = NDArray[np.intp]

STEP = 0.7
SWEEPS = 3
HOT, COLD = (1.0, 2.0), 0.05
COUPLING = (0.01, 0.15)
FIELD = (0.02, 0.4)
START = 0.02
ROUNDING = 1e-12

FAST = ExponentialEuler(STEP, max_steps=1, tol=0, descends=False)


@dataclass(frozen=True, eq=False)
class Form:
    """H(V) = Σ_ij A_ij·B_p(i)p(j) + Σ_i C_i,p(i), V[i, p(i)] = 1.

    Parameters
    ----------
    A, B, C : arrays, shape (n, n)
        A and B with a zero diagonal, symmetric both where one was.
    """

    A: Floats
    B: Floats
    C: Floats

    @classmethod
    def of(cls, A: Floats, B: Floats) -> Form:
        """Return the form of two matrices: diagonals go to C, and one symmetry serves both."""
        C = np.outer(A.diagonal(), B.diagonal())
        A, B = A - np.diag(A.diagonal()), B - np.diag(B.diagonal())
        if np.array_equal(A, A.T) or np.array_equal(B, B.T):
            A, B = (A + A.T) / 2, (B + B.T) / 2
        return cls(A, B, C)

    @property
    def size(self) -> int:
        """The number n of things to place."""
        return len(self.A)

    def value(self, p: Order) -> float:
        """Return H of a permutation."""
        pairs = float((self.A * self.B[np.ix_(p, p)]).sum())
        return pairs + float(self.C[np.arange(self.size), p].sum())

    @cached_property
    def rounding(self) -> float:
        """What a sum may be off by: a share of the largest |H| that the matrices allow."""
        norm = np.linalg.norm
        return ROUNDING * float(norm(self.A) * norm(self.B) + norm(self.C))

    def scales(self) -> tuple[float, float]:
        """Return the spectral norms of A and B, 1 for one that is zero."""
        return float(np.linalg.norm(self.A, 2)) or 1.0, float(np.linalg.norm(self.B, 2)) or 1.0

    def energy(self) -> Energy:
        """Return H on n×n outputs, both matrices scaled to norm 1."""
        a, b = self.scales()
        return Kronecker(2 * self.A / a, self.B.T / b, self.C / (a * b))

    def exchanges(self, p: Order) -> Floats:
        """Return ΔH of exchanging the images of every two, shape (n, n)."""
        B = self.B[np.ix_(p, p)]
        M = self.A @ B.T + self.A.T @ B + self.C[:, p]
        own = M.diagonal()
        same = (self.A + self.A.T) * (B + B.T)
        return np.asarray(M + M.T - own[:, None] - own + same)


def permutation(V: Floats) -> Order:
    """Decode outputs by the vertex of largest total output (a linear assignment)."""
    return np.asarray(linear_sum_assignment(V, maximize=True)[1])


def matrix(p: Order) -> Floats:
    """Return the permutation matrix V[i, p(i)] = 1."""
    return np.asarray(np.eye(len(p))[p])


def is_permutation(V: Floats) -> bool:
    """Whether the outputs above ½ are a permutation matrix."""
    on = V > 0.5
    return bool(np.all(on.sum(-1) == 1) and np.all(on.sum(-2) == 1))


def anneal_lanes(
    energy: Energy,
    lanes: int,
    stages: int,
    rng: np.random.Generator,
    monitor: Monitor,
    *,
    move: Motion = FAST,
    tell: Callable[[Network, Floats], None] | None = None,
) -> Relaxation:
    """Anneal Sinkhorn units in lanes that differ: in heat, in self-coupling, in a passing field.

    T falls geometrically from between the critical temperature T_c and twice that, to a twentieth;
    the self-coupling −(a/2)·‖V‖², which is constant on permutations, grows from 0 and drives the
    outputs to one; a random field of up to 0.4·T_c, which fades out linearly, leads every lane into
    a basin of its own. With a motion that does not take lanes, `lanes` is 0.
    """
    n = energy.shape[0]
    critical = Network(energy, Sinkhorn()).critical_temperature() or 1.0
    batch = (lanes,) if lanes else ()
    hot = rng.uniform(*HOT, batch)
    coupling = rng.uniform(*COUPLING, (*batch, 1, 1)) * critical * n
    noise = rng.uniform(*FIELD, (*batch, 1, 1)) * critical * rng.standard_normal((*batch, n, n))
    units = Sinkhorn(SWEEPS if move is FAST else None)

    def networks() -> Iterator[Network]:
        for share in np.linspace(0, 1, stages):
            extra = Diagonal((n, n), -share * coupling, (1 - share) * noise)
            T = critical * hot * (COLD / hot) ** share
            yield Network(energy + extra, units, T=T)

    start = START * critical * rng.standard_normal((*batch, n, n))
    return anneal(networks(), move, start, monitor=monitor, callback=tell)


def exchange(form: Form, p: Order) -> Order:
    """Return a permutation that no exchange of two images improves: 2-opt, the best one first."""
    p = p.copy()
    while True:
        delta = form.exchanges(p)
        r, s = divmod(int(delta.argmin()), form.size)
        if delta[r, s] >= -form.rounding:
            return p
        p[[r, s]] = p[[s, r]]


@dataclass(eq=False)
class RestingExchanges:
    """Exchanges among units that rest after they have fired.

    Of all exchanges the best is made, whether or not it lowers H. The two units that fall silent
    rest for some n steps: an exchange that would fire two resting units is only made where H gets
    lower than ever. In other words this is robust tabu search.

    References
    ----------
    Taillard, "Robust taboo search for the quadratic assignment problem", 1991; Hasegawa, Ikeguchi,
    Aihara & Itoh, "A novel chaotic search for quadratic assignment problems", 2002.
    """

    form: Form
    p: Order
    rng: np.random.Generator
    step: int = field(default=0, init=False)

    def __post_init__(self) -> None:
        n = self.form.size
        self.p = self.p.copy()
        self.value = self.form.value(self.p)
        self.best, self.best_value = self.p.copy(), self.value
        self._silent_until = np.zeros((n, n))
        self._below = np.tril(np.ones((n, n), dtype=bool))

    def run(self, steps: int) -> None:
        """Make so many exchanges."""
        n = self.form.size
        if n < 2:
            return
        for rest in self.rng.uniform(0.2 * n, 1.8 * n, (steps, 2)).tolist():
            self._exchange(rest)

    def _exchange(self, rest: list[float]) -> None:
        self.step += 1
        delta = self.form.exchanges(self.p)
        rests = self._silent_until[:, self.p] > self.step
        resting = rests & rests.T
        resting &= self.value + delta >= self.best_value - self.form.rounding
        delta[self._below | resting] = np.inf
        r, s = divmod(int(delta.argmin()), self.form.size)
        if not np.isfinite(delta[r, s]):
            return
        self._silent_until[r, self.p[r]] = self.step + rest[0]
        self._silent_until[s, self.p[s]] = self.step + rest[1]
        self.value += float(delta[r, s])
        self.p[[r, s]] = self.p[[s, r]]
        if self.value < self.best_value - self.form.rounding:
            self.best, self.best_value = self.p.copy(), self.value
