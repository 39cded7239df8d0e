"""Memory energies: a hidden layer of pattern detectors, eliminated at its own equilibrium.

Krotov & Hopfield (2021): a fast hidden layer with Lagrangian L_h that sees the similarities s(v)
between the visible outputs and the stored patterns leaves the energy H(v) = −L_h(s(v)) behind.
Softmax over the patterns gives the modern Hopfield network (Ramsauer et al. 2020), the identity the
Hebbian one (Hopfield 1982), and softmax over *units* of a ring the elastic net of Durbin &
Willshaw (1987).
"""

from __future__ import annotations

from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from hopopt.core.checks import numbers
from hopopt.core.energy import Diagonal, Energy
from hopopt.core.lagrangian import Array, Lagrangian, instance, per_replica
from hopopt.core.matrices import real

FLIP_CHUNK = 2**20

Similarity = Literal["dot", "euclidean"]
Axis = Literal["patterns", "units"]


class Memory(Energy):
    """H(v) = −L_T(s(v)), s the similarity of the output to every stored pattern.

    Parameters
    ----------
    patterns : array_like, shape (P, N)
        The stored patterns ξ_μ.
    hidden : Lagrangian
        Of the hidden units: `Softmax` (dense memory), `Identity` (Hebb: H = −½·Σ_μ ⟨ξ_μ, v⟩²), ….
    T : float or array over the replicas, default 1
        Temperature of the hidden layer.
    similarity : {"dot", "euclidean"}
        s_μ = ⟨ξ_μ, v⟩ or −½·Σ_i w_i·(ξ_μi − v_i)², plus the bias b_μ.
    axis : {"patterns", "units"}
        "patterns": v has shape (N,), the hidden layer shape (P,). "units": v holds `units` points
        of N coordinates, shape (units, N), and the hidden layer, shape (P, units), lets the units
        compete for each pattern (softmax along axis 1): the elastic ring.
    bias : array_like, shape (P,), optional
        May differ from replica to replica: shape (..., P).
    weights : array_like, shape (N,), optional
        Nonnegative weights w of the coordinates (0 masks one); all 1 by default.
    units : int, optional
        Number of units, for ``axis="units"``.
    nearest : int, optional
        Let each pattern see only its nearest units (softmax, euclidean, ``axis="units"``, no
        batch): linear memory for large rings, exact up to the neglected tails.

    Examples
    --------
    >>> import numpy as np
    >>> from hopopt import Memory, Softmax
    >>> H = Memory([[1.0, 1.0], [1.0, -1.0]], Softmax(), T=0.25)
    >>> (-H.gradient(np.array([0.5, 0.5]))).round(3)  # the pattern that is being recalled
    array([1.   , 0.964])
    """

    def __init__(
        self,
        patterns: ArrayLike,
        hidden: Lagrangian,
        T: ArrayLike = 1.0,
        *,
        similarity: Similarity = "dot",
        axis: Axis = "patterns",
        bias: ArrayLike | None = None,
        weights: ArrayLike | None = None,
        units: int | None = None,
        nearest: int | None = None,
    ) -> None:
        instance(hidden, "hidden")
        self.patterns = np.atleast_2d(real(patterns, "patterns"))
        if self.patterns.ndim != 2 or not self.patterns.size:
            raise ValueError(f"patterns must have shape (P, N), not 0; got {self.patterns.shape}")
        count, width = self.patterns.shape
        if similarity not in ("dot", "euclidean"):
            raise ValueError(f"similarity must be 'dot' or 'euclidean'; got {similarity!r}")
        if axis not in ("patterns", "units") or (axis == "units") != (units is not None):
            raise ValueError(
                f"axis must be 'patterns', or 'units' with units given; got {axis!r}, {units=}"
            )
        if nearest is not None and (axis, similarity) != ("units", "euclidean"):
            raise ValueError("nearest needs axis='units' and similarity='euclidean'")
        self.T = np.asarray(numbers(T, "T"), dtype=float)
        if not np.all((self.T > 0) & np.isfinite(self.T)):
            raise ValueError(f"T must be positive; got {T!r}")
        self.similarity, self.axis = similarity, axis
        self.bias = np.zeros(count) if bias is None else real(bias, "bias")
        self.weights = np.ones(width) if weights is None else real(weights, "weights")
        if self.bias.shape[-1:] != (count,) or self.weights.shape != (width,):
            raise ValueError(
                f"bias must have shape ({count},) and weights ({width},); "
                f"got {self.bias.shape} and {self.weights.shape}"
            )
        if not np.all(self.weights >= 0):
            raise ValueError("weights must be nonnegative")
        self._unit_axis = axis == "units"
        self.shape = (units, width) if units is not None else (width,)
        self.hidden = hidden.on((count, units) if units is not None else (count,))
        self.nearest = nearest if nearest is None or units is None else min(nearest, units)

    def similarities(self, v: Array) -> Array:
        """Return s(v), shape (..., P) or, for units, (..., P, units)."""
        if not self._unit_axis:
            return self._pattern_similarities(v)
        weighted = self.patterns * self.weights
        s = np.matmul(weighted, np.swapaxes(v, -1, -2))
        if self.similarity == "euclidean":
            s = s - ((v * v) @ self.weights)[..., None, :] / 2
            s = s - (weighted * self.patterns).sum(-1)[:, None] / 2
        return np.asarray(s + self.bias[..., None])

    def _pattern_similarities(self, v: Array) -> Array:
        """Return s(v), shape (..., P), by one matrix product for all replicas."""
        s = (v * self.weights) @ self.patterns.T + self.bias
        if self.similarity == "euclidean":
            s = s - ((v * v) @ self.weights)[..., None] / 2
            s = s - (self.patterns * self.patterns) @ self.weights / 2
        return np.asarray(s)

    def attention(self, v: Array) -> Array:
        """Return the hidden layer's output p = ∇L_T(s(v)), shaped as the similarities."""
        return self.hidden.gradient(self.similarities(v), self.T)[0]

    def _pull(self, p: Array, points: Array) -> Array:
        """Return (∂s/∂v)ᵀ·p for hidden outputs (or their variations) p."""
        if self._unit_axis:
            pull = np.matmul(np.swapaxes(p, -1, -2), self.patterns)
            if self.similarity == "euclidean":
                pull = pull - p.sum(-2)[..., None] * points
        else:
            pull = p @ self.patterns
            if self.similarity == "euclidean":
                pull = pull - p.sum(-1)[..., None] * points
        return np.asarray(pull * self.weights)

    def _push(self, v: Array, w: Array) -> Array:
        """Return (∂s/∂v)·w."""
        points, moves = (v, w) if self._unit_axis else (v[..., None, :], w[..., None, :])
        change = np.matmul(self.patterns * self.weights, np.swapaxes(moves, -1, -2))
        if self.similarity == "euclidean":
            change = change - ((points * moves) @ self.weights)[..., None, :]
        return np.asarray(change if self._unit_axis else change[..., 0])

    def evaluate(self, v: Array) -> tuple[Array, Array]:
        if self.nearest is not None:
            return self._evaluate_nearest(v, self.nearest)[:2]
        s = self.similarities(v)
        value, p = self.hidden.evaluate(s, self.T)
        return -value, -self._pull(p, v)

    def value(self, v: Array) -> Array:
        return self.evaluate(v)[0]

    def gradient(self, v: Array) -> Array:
        return self.evaluate(v)[1]

    def hessp(self, v: Array, w: Array) -> Array:
        if self.nearest is not None:
            raise TypeError("hessp is not available with nearest: leave it out")
        p = self.attention(v)
        change = self._push(v, w)
        T = per_replica(self.T, self.hidden.ndim)
        out = -self._pull(self.hidden.jvp(p, change, 1.0) / T, v)
        if self.similarity == "euclidean":
            mass = p.sum(-2 if self._unit_axis else -1)[..., None]
            out = out + mass * self.weights * w
        return out

    def flip(self, v: Array, delta: Array) -> Array:
        shape = np.broadcast_shapes(v.shape, delta.shape)
        v, delta = np.broadcast_to(v, shape), np.broadcast_to(delta, shape)
        s, before = self.similarities(v), self.value(v)
        out = np.empty(shape)
        step = max(1, FLIP_CHUNK // s.size)
        for index in np.ndindex(self.shape[:-1]):
            for start in range(0, self.shape[-1], step):
                some = slice(start, start + step)
                part = (..., *index, some)
                moved = self._moved(s, v[part], delta[part], index, some)
                after = -np.moveaxis(self.hidden.value(moved, self.T), 0, -1)
                out[part] = after - before[..., None]
        return out

    def _moved(
        self, s: Array, v: Array, delta: Array, unit: tuple[int, ...], coordinates: slice
    ) -> Array:
        """Return s after each move of one coordinate alone, those moves along a first axis."""
        weights, patterns = self.weights[coordinates], self.patterns[:, coordinates]
        change = patterns if self.similarity == "dot" else patterns - v[..., None, :]
        if self.similarity == "euclidean":
            change = change - delta[..., None, :] / 2
        change = np.moveaxis(weights * delta[..., None, :] * change, -1, 0)
        if not self._unit_axis:
            return np.asarray(s + change)
        moved = np.repeat(s[None], len(change), axis=0)
        moved[..., unit[0]] += change
        return moved

    def curvature(self) -> float:
        if self.similarity == "dot":
            return 0.0
        if not self.hidden.bounded:
            raise TypeError(f"no curvature bound is known for {self!r}: its attention is unbounded")
        one = np.zeros((len(self.patterns), *self.shape[:-1]))
        one.reshape(len(self.patterns), -1)[:, 0] = 1
        most = float(np.sum(one * self.hidden.vertex(one)))
        return most * float(self.weights.max(initial=0.0))

    def majorizer(self, v: Array) -> Energy:
        """Freeze the hidden outputs: −L_T is concave in s, so its tangent in s lies above it."""
        if self.nearest is not None:
            value, gradient, mass = self._evaluate_nearest(v, self.nearest)
        else:
            s = self.similarities(v)
            bound, p = self.hidden.evaluate(s, self.T)
            value, gradient = -bound, -self._pull(p, v)
            mass = np.asarray(p.sum(-2 if self._unit_axis else -1))
        bend = np.zeros(()) if self.similarity == "dot" else mass[..., None] * self.weights
        return Diagonal.touching(self.shape, v, value, gradient, bend)

    def _nearest_rows(self, v: Array, nearest: int) -> tuple[Array, Array, Array]:
        """Return the softmax over each pattern's nearest units, those units, and H."""
        from scipy.spatial import cKDTree  # a slow import: only where it is used

        if v.ndim != 2:
            raise ValueError("nearest does not take batches")
        root = np.sqrt(self.weights)
        found = cKDTree(v * root).query(self.patterns * root, k=range(1, nearest + 1))
        squares, units = np.asarray(found[0]) ** 2, np.asarray(found[1])
        closest = squares[:, :1]
        p = np.exp((closest - squares) / (2 * self.T))
        norm = p.sum(-1, keepdims=True)
        best = self.T * np.log(norm[:, 0]) - closest[:, 0] / 2 + self.bias
        return p / norm, units, -best.sum()

    def _evaluate_nearest(self, v: Array, nearest: int) -> tuple[Array, Array, Array]:
        """Return H, ∇H and the attention that each unit receives."""
        p, units, value = self._nearest_rows(v, nearest)
        mass = np.bincount(units.ravel(), p.ravel(), minlength=self.shape[0])
        pulled = [
            np.bincount(units.ravel(), (p * x[:, None]).ravel(), minlength=self.shape[0])
            for x in self.patterns.T
        ]
        gradient = (mass[:, None] * v - np.stack(pulled, -1)) * self.weights
        return np.asarray(value), gradient, mass

    def __repr__(self) -> str:
        count, width = self.patterns.shape
        name = type(self).__name__
        return f"{name}({count} patterns of {width}, {self.hidden!r}, {self.similarity})"
