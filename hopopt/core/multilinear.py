"""Energies of any order that are linear in each unit: sums of products of factors a + b·v."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cached_property
from itertools import accumulate
from operator import mul
from typing import Any, NamedTuple, Self

import numpy as np
from numpy.typing import ArrayLike
from scipy import sparse

from hopopt.core.checks import check_kind, is_whole, listed
from hopopt.core.energy import Diagonal, Energy
from hopopt.core.lagrangian import Array
from hopopt.core.matrices import real

SAMPLES = 16  # random spins on which the scale is measured
ENOUGH = 40_000  # units in all samples together
ROUNDS = 8  # of the power iteration that bounds the curvature


class Products(NamedTuple):
    """M products of k factors each: w_t·Π_j (a_jt + b_jt·v_i(j, t)).

    Attributes
    ----------
    units : array of int, shape (k, M)
        i(j, t), all different in a product.
    weights : array, shape (M,)
    offsets, slopes : arrays, shape (k, M)
        a and b.

    Examples
    --------
    >>> import numpy as np
    >>> from hopopt import Products
    >>> bits = Products(np.array([[0], [1]]), np.array([3.0]), np.zeros((2, 1)), np.ones((2, 1)))
    >>> [factor.tolist() for factor in bits.factors(np.array([[1.0, 0.0]]))]
    [[[1.0]], [[0.0]]]
    """

    units: Array
    weights: Array
    offsets: Array
    slopes: Array

    def factors(self, v: Array) -> list[Array]:
        """Return the factors at v, shape (B, N): k arrays of shape (B, M), in v's precision."""
        a, b = (x.astype(v.dtype, copy=False) for x in (self.offsets, self.slopes))
        return [a[j] + b[j] * v[:, i] for j, i in enumerate(self.units)]

    def scaled(self, factor: float) -> Products:
        """Return a multiple."""
        return self._replace(weights=factor * self.weights)


class Multilinear(Energy):
    """H(v) = constant + Σ_t w_t·Π_j (a_jt + b_jt·v_i): products of any order, linear in each unit.

    No product holds a unit twice, so that ΔH of a single flip is delta·∂H/∂v_i, exactly. On spins
    and on bits every function is of this form; continuous outputs go between its values.

    Parameters
    ----------
    size : int
        Number of units N.
    products : iterable of Products
        One for each order, say.
    constant : float, default 0

    References
    ----------
    Sejnowski, "Higher-order Boltzmann machines", 1986; Boros & Hammer, "Pseudo-Boolean
    optimization", 2002.

    Examples
    --------
    >>> import numpy as np
    >>> from hopopt import Multilinear, Products
    >>> pair = Products(np.array([[0], [1]]), np.array([2.0]), np.ones((2, 1)), np.ones((2, 1)))
    >>> H = Multilinear(2, [pair])  # 2·(1 + v₀)·(1 + v₁)
    >>> float(H.value(np.array([1.0, 0.0]))), H.gradient(np.array([1.0, 0.0]))
    (4.0, array([2., 4.]))
    """

    def __init__(self, size: int, products: Iterable[Products], constant: float = 0.0) -> None:
        if not is_whole(size) or not 0 <= size < 2**31:
            raise ValueError(f"size must be a number of units, below 2^31; got {str(size)[:40]}")
        groups = [_checked(part, int(size)) for part in listed(products, "products", "products")]
        self.shape, self.products = (int(size),), tuple(p for p in groups if p.weights.size)
        self.constant = float(real(constant, "constant", sums=True))
        self.quadratic = self.order <= 2

    @property
    def size(self) -> int:
        """The number of units N."""
        return self.shape[0]

    @property
    def order(self) -> int:
        """How many units the longest product holds; 0 where there is none."""
        return max((len(part.units) for part in self.products), default=0)

    @cached_property
    def scale(self) -> float:
        """ρ, the root mean square of ∂H/∂v_i at random spins; 1 where all vanish."""
        count = max(1, min(SAMPLES, ENOUGH // max(1, self.size)))
        vertices = np.random.default_rng(0).choice([-1.0, 1.0], (count, self.size))
        fields = self.gradient(vertices)
        largest = float(np.abs(fields).max(initial=0)) or 1.0
        return largest * (float(np.sqrt(np.square(fields / largest).mean())) or 1.0)

    @cached_property
    def _places(self) -> list[Any]:
        """For each group the matrix that adds up, unit by unit, what its factors say."""
        return [_incidence(part.units, self.size) for part in self.products]

    def value(self, v: Array) -> Array:
        rows = v.reshape(-1, self.size)
        total = np.full(len(rows), self.constant, dtype=v.dtype)
        for part in self.products:
            *_, whole = accumulate(part.factors(rows), mul)
            total += whole @ part.weights.astype(v.dtype, copy=False)
        return total.reshape(v.shape[:-1])

    def gradient(self, v: Array) -> Array:
        rows = v.reshape(-1, self.size)
        out = np.zeros(rows.shape, dtype=v.dtype)
        for part, places in zip(self.products, self._places, strict=True):
            others = _all_but_one(part.factors(rows))
            out += _scattered(places, part, others)
        return out.reshape(v.shape)

    def hessp(self, v: Array, w: Array) -> Array:
        v, w = np.broadcast_arrays(v, w)
        rows, moves = v.reshape(-1, self.size), w.reshape(-1, self.size)
        out = np.zeros(rows.shape)
        for part, places in zip(self.products, self._places, strict=True):
            steps = [b * moves[:, i] for b, i in zip(part.slopes, part.units, strict=True)]
            out += _scattered(places, part, _tangents(part.factors(rows), steps))
        return out.reshape(v.shape)

    def flip(self, v: Array, delta: Array) -> Array:
        return np.asarray(delta * self.gradient(v))

    def curvature(self) -> float:
        """Return an upper bound of the largest eigenvalue of ∇²H for outputs in [−1, 1].

        No entry of ∇²H exceeds that of the matrix of Σ_t |w_t·b_it·b_jt|·Π (|a| + |b|), whose
        largest eigenvalue is at most max_i (Ax)_i/x_i for every positive x (Collatz).
        """
        return super().curvature() if self.quadratic else self._bound

    @cached_property
    def _bound(self) -> float:
        x, bound = np.ones(self.size), np.inf
        for _ in range(ROUNDS):
            moved = self._largest(x)
            bound = min(bound, float((moved / x).max(initial=0)))
            x = x + moved / (bound or 1.0)
        return bound

    def _largest(self, x: Array) -> Array:
        """Return A·x, A the entries' bounds."""
        out = np.zeros(self.size)
        for part, places in zip(self.products, self._places, strict=True):
            most = np.abs(part.offsets) + np.abs(part.slopes)
            steps = [np.abs(b) * x[i] for b, i in zip(part.slopes, part.units, strict=True)]
            absolute = part._replace(weights=np.abs(part.weights), slopes=np.abs(part.slopes))
            tangents = _tangents(list(most[:, None]), [step[None] for step in steps])
            out += _scattered(places, absolute, tangents)[0]
        return out

    def majorizer(self, v: Array) -> Energy:
        """Return a parabola that touches H at v and lies above it for outputs in [−1, 1]."""
        if self.quadratic:
            return super().majorizer(v)
        return Diagonal.touching(self.shape, v, *self.evaluate(v), self.curvature())

    def of_spins(self) -> Multilinear:
        """Return the energy of spins s = 2v − 1 that equals this one of bits v."""
        parts = [
            part._replace(offsets=part.offsets + part.slopes / 2, slopes=part.slopes / 2)
            for part in self.products
        ]
        return Multilinear(self.size, parts, self.constant)

    def merged(self, other: Energy) -> Energy | None:
        if not isinstance(other, Multilinear) or other.shape != self.shape:
            return None
        kind = type(self) if type(self) is type(other) else Multilinear
        products = (*self.products, *other.products)
        return kind._made(self.size, products, self.constant + other.constant)

    @classmethod
    def _made(cls, size: int, products: Iterable[Products], constant: float) -> Self:
        made = cls.__new__(cls)
        Multilinear.__init__(made, size, products, constant)
        return made

    def __add__(self, other: Energy | int) -> Energy:
        both = self.merged(other) if isinstance(other, Energy) else None
        return super().__add__(other) if both is None else both

    def __mul__(self, factor: ArrayLike) -> Energy:
        if np.ndim(factor):
            return super().__mul__(factor)
        number = float(np.asarray(factor))
        parts = (part.scaled(number) for part in self.products)
        return self._made(self.size, parts, number * self.constant)

    __rmul__ = __mul__

    def __repr__(self) -> str:
        count = sum(part.weights.size for part in self.products)
        return f"{type(self).__name__}({self.size} units, {count} terms, order {self.order})"


def _checked(part: Products, size: int) -> Products:
    """Return products with arrays of the right kinds, or refuse them by name."""
    check_kind("products", part, "units", "weights", "offsets", "slopes")
    units = np.asarray(part.units)
    if units.ndim != 2 or units.dtype.kind not in "iu":
        raise ValueError(f"units must be whole numbers of shape (k, M); got shape {units.shape}")
    if units.size and not (units.min() >= 0 and units.max() < size):
        raise ValueError(f"units must lie in 0 … {size - 1}; got {units.min()} … {units.max()}")
    if len(units) > 1 and not np.all(np.diff(np.sort(units, axis=0), axis=0)):
        raise ValueError("units must be different in each product; got one twice")
    weights = real(part.weights, "weights", sums=True)
    offsets, slopes = real(part.offsets, "offsets"), real(part.slopes, "slopes")
    for name, values, shape in (
        ("weights", weights, units.shape[1:]),
        ("offsets", offsets, units.shape),
        ("slopes", slopes, units.shape),
    ):
        if values.shape != shape:
            raise ValueError(f"{name} must have shape {shape}; got {values.shape}")
    return Products(units.astype(np.intp, copy=False), weights, offsets, slopes)


def _incidence(units: Array, size: int) -> sparse.csr_array[Any]:
    """Return the matrix, shape (N, k·M), of where each factor's unit is."""
    ones = np.ones(units.size)
    return sparse.csr_array((ones, (units.ravel(), np.arange(units.size))), (size, units.size))


def _scattered(places: Any, part: Products, others: Sequence[Array]) -> Array:
    """Return Σ_t w_t·b_it·(what is said of each factor), unit by unit, shape (B, N)."""
    dtype = others[0].dtype
    pushes = (part.weights * part.slopes).astype(dtype, copy=False)
    said = np.concatenate([push * one for push, one in zip(pushes, others, strict=True)], axis=1)
    return np.asarray((places.astype(dtype, copy=False) @ said.T).T)


def _all_but_one(factors: Sequence[Array]) -> list[Array]:
    """Return, for each factor, the product of the others: from both ends, for some may be 0."""
    one = np.ones_like(factors[0])
    before = list(accumulate(factors[:-1], mul, initial=one))
    after = list(accumulate(reversed(factors[1:]), mul, initial=one))[::-1]
    return [a * b for a, b in zip(before, after, strict=True)]


def _tangents(factors: Sequence[Array], steps: Sequence[Array]) -> list[Array]:
    """Return how these products of the others change while the factors move by `steps`."""
    pairs = list(zip(factors, steps, strict=True))
    first = (np.ones_like(factors[0]), np.zeros_like(steps[0]))
    before = list(accumulate(pairs[:-1], _times, initial=first))
    after = list(accumulate(reversed(pairs[1:]), _times, initial=first))[::-1]
    return [_times(a, b)[1] for a, b in zip(before, after, strict=True)]


def _times(a: tuple[Array, Array], b: tuple[Array, Array]) -> tuple[Array, Array]:
    """Return the product of two numbers that move, and how it moves."""
    return a[0] * b[0], a[1] * b[0] + a[0] * b[1]
