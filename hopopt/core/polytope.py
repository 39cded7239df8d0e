"""Domains cut out by sums of one: Potts rows, softassign matrices and grouped assignments."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import reduce
from math import prod
from typing import ClassVar, Self

import numpy as np
from scipy.special import xlogy

from hopopt.core.checks import check_axes, check_nonnegative, checked_numbers, is_whole, listed
from hopopt.core.lagrangian import Array, Blocks, Lagrangian
from hopopt.core.permutations import permutation, permutation_matrix
from hopopt.core.scaling import project, scale

Axes = tuple[int, ...]

SHORT = 8  # units in a group, below which sums slice by slice are numpy's own, bit by bit


@checked_numbers
@dataclass(frozen=True)
class Polytope(Lagrangian):
    """Nonnegative outputs whose sums over one or two families of axes are all 1.

    L*(v) = Σ v ln v on the polytope, so that v = softmax(u/T) over the groups of a single family,
    and the Sinkhorn scaling of exp(u/T) for two (softassign). Where the two families share axes, as
    in ``Polytope(((1, 2), (0, 2)))`` for V[position, chain, orientation], the output is the scaling
    of the log-sum-exp over the shared axes times a softmax along them. What its sums fix (a
    constant added to a whole group of the state) the output ignores.

    Parameters
    ----------
    sums : tuple of tuples of int
        Each family: the domain axes that it sums over.
    ndim : int, optional
        Number of domain axes; by default one more than the largest axis named.
    sweeps : int, optional
        Scaling sweeps per call for two families. None (default) converges to `tol`; a small number
        is faster and relies on warm potentials.
    tol : float, default 1e-12
        Largest error of a sum when converging.

    References
    ----------
    Peterson & Söderberg, "A new method for mapping optimization problems onto neural networks",
    1989; Rangarajan, Gold & Mjolsness, "A novel optimizing network architecture with
    applications", 1996.

    Examples
    --------
    >>> import numpy as np
    >>> from hopopt import Sinkhorn
    >>> v, _ = Sinkhorn().gradient(np.array([[1.0, 0.0], [0.0, 1.0]]), T=0.5)
    >>> v.round(3)
    array([[0.881, 0.119],
           [0.119, 0.881]])
    """

    sums: tuple[Axes, ...]
    ndim: int = 0
    sweeps: int | None = None
    tol: float = 1e-12
    _layout: tuple[Axes, Axes, Axes, Axes] = field(init=False, repr=False, compare=False)
    _axes: Axes = field(init=False, repr=False, compare=False)
    _back: Axes = field(init=False, repr=False, compare=False)

    bounded: ClassVar[bool] = True
    lipschitz: ClassVar[float] = 0.5

    def __post_init__(self) -> None:
        check_axes(ndim=self.ndim)
        told = [
            listed(axes, "sums", "tuples of axes") for axes in listed(self.sums, "sums", "axes")
        ]
        if not all(is_whole(axis) for axes in told for axis in axes):
            raise ValueError(f"sums must be tuples of axes, whole numbers; got {self.sums!r}")
        families = tuple(tuple(sorted(axes)) for axes in told)
        if len(families) not in (1, 2) or not all(families):
            raise ValueError(f"sums must be one or two non-empty tuples of axes; got {self.sums!r}")
        named = {axis for axes in families for axis in axes}
        ndim = self.ndim or max(named) + 1
        check_axes(ndim=ndim)
        if min(named) < 0 or max(named) >= ndim:
            raise ValueError(f"sums must name axes from 0 to {ndim - 1}; got {self.sums!r}")
        if self.sweeps is not None and self.sweeps < 1:
            raise ValueError(f"sweeps must be at least 1, or None to converge; got {self.sweeps}")
        check_nonnegative(tol=self.tol)
        first, last = set(families[0]), set(families[-1])
        if len(families) == 2 and (first <= last or last <= first):
            raise ValueError(f"neither family of sums may contain the other; got {self.sums!r}")
        parts = (set(range(ndim)) - first - last, last - first, first - last, first & last)
        object.__setattr__(self, "sums", families)
        object.__setattr__(self, "ndim", ndim)
        layout = tuple(tuple(sorted(part)) for part in parts)
        axes = tuple(a for part in layout for a in part)
        object.__setattr__(self, "_layout", layout)
        object.__setattr__(self, "_axes", axes)
        object.__setattr__(self, "_back", tuple(axes.index(a) for a in range(ndim)))

    @property
    def blocks(self) -> Blocks:
        return "group" if len(self.sums) == 1 else "whole"

    def on(self, shape: tuple[int, ...]) -> Self:
        if len(shape) < self.ndim:
            raise ValueError(f"{self!r} needs states of {self.ndim} axes or more; got {shape}")
        bound = replace(self, ndim=len(shape))
        _, rows, cols, _ = bound.sizes(shape)
        if len(self.sums) == 2 and rows != cols:
            raise ValueError(
                f"both families of sums must have as many groups; got {rows} and {cols} "
                f"for shape {shape} and sums {self.sums}"
            )
        return bound

    def sizes(self, shape: tuple[int, ...]) -> tuple[int, int, int, int]:
        """Return the numbers of blocks, rows, columns, and units that share a row and a column."""
        domain = shape[len(shape) - self.ndim :]
        kept, rows, cols, inner = (prod(domain[a] for a in part) for part in self._layout)
        return kept, rows, cols, inner

    def canonical(self, x: Array) -> Array:
        """Return x as (..., kept, rows, cols, inner); one family has one row and one column."""
        batch = x.ndim - self.ndim
        order = (*range(batch), *(batch + a for a in self._axes))
        return x.transpose(order).reshape(x.shape[:batch] + self.sizes(x.shape))

    def restored(self, y: Array, shape: tuple[int, ...]) -> Array:
        """Undo `canonical`; y may have batch axes that the shape has not."""
        domain = shape[len(shape) - self.ndim :]
        y = y.reshape(y.shape[: y.ndim - 4] + tuple(domain[a] for a in self._axes))
        lead = y.ndim - self.ndim
        return y.transpose(*range(lead), *(lead + a for a in self._back))

    def _split(self, x: Array) -> tuple[Array, Array]:
        """Return the log-sum-exp over the inner axes and the softmax along them."""
        y = self.canonical(x)
        if y.shape[-1] == 1:
            return y[..., 0], np.ones_like(y)
        top = _along(np.maximum, y)
        top = np.where(np.isfinite(top), top, 0)
        e = np.exp(y - top)
        s = _along(np.add, e)
        with np.errstate(divide="ignore"):
            m = (np.log(s) + top)[..., 0]
        return m, np.divide(e, s, out=np.zeros_like(e), where=s > 0)

    def _gradient(self, x: Array, warm: Array | None) -> tuple[Array, Array | None]:
        m, inner = self._split(x)
        if len(self.sums) == 1:
            return self.restored(inner, x.shape), None
        scaled = scale(m, warm, self.sweeps, self.tol)
        col = scaled.col - scaled.col.mean(-1, keepdims=True)
        return self.restored(scaled.matrix[..., None] * inner, x.shape), col

    def _value(self, x: Array, warm: Array | None) -> Array:
        m, _ = self._split(x)
        if len(self.sums) == 1:
            return np.asarray(m.sum((-3, -2, -1)))
        scaled = scale(m, warm, self.sweeps, self.tol)
        return np.asarray(-scaled.row.sum((-2, -1)) - scaled.col.sum((-2, -1)))

    def _evaluate(self, x: Array) -> tuple[Array, Array]:
        if len(self.sums) == 2:
            return super()._evaluate(x)
        m, inner = self._split(x)
        return np.asarray(m.sum((-3, -2, -1))), self.restored(inner, x.shape)

    def density(self, v: Array) -> Array:
        return np.asarray(xlogy(v, v))

    def _jvp(self, v: Array, w: Array) -> Array:
        P, x = self.canonical(v), self.canonical(w)
        mass = P.sum(-1)
        moved = (P * x).sum(-1)
        mean = np.divide(moved, mass, out=np.zeros_like(moved), where=mass > 0)
        out = P * (x - mean[..., None])
        if len(self.sums) == 2:
            tangent = project(mass, mean)
            share = np.divide(P, mass[..., None], out=np.zeros_like(P), where=mass[..., None] > 0)
            out = out + tangent[..., None] * share
        return self.restored(out, v.shape)

    def _inverse(self, v: Array) -> Array:
        return np.log(np.maximum(v, 1e-12))

    def vertex(self, u: Array) -> Array:
        y = self.canonical(u)
        best = y.argmax(-1)
        out = np.zeros(y.shape, u.dtype)
        np.put_along_axis(out, best[..., None], 1, -1)
        if len(self.sums) == 2:
            m = np.take_along_axis(y, best[..., None], -1)[..., 0]
            out *= _permutations(m)[..., None]
        return self.restored(out, u.shape)

    def noise(self, rng: np.random.Generator, shape: tuple[int, ...]) -> Array:
        return rng.gumbel(size=shape)

    def pinned(self, u: Array, mask: Array, values: Array) -> Array:
        ones = mask & (values == 1)
        forbidden = mask & (values == 0)
        for axes in self.sums:
            lead = ones.ndim - self.ndim
            forbidden |= ones.any(tuple(lead + a for a in axes), keepdims=True) & ~ones
        return np.where(forbidden, -np.inf, np.where(ones, 0.0, u))

    def check_pins(self, mask: Array, values: Array) -> None:
        if np.any(mask & (values != 0) & (values != 1)):
            raise ValueError(
                f"clamped values of a polytope must be 0 or 1; got {np.unique(values[mask])}"
            )
        ones = mask & (values == 1)
        lead = ones.ndim - self.ndim
        for axes in self.sums:
            if np.any(ones.sum(tuple(lead + a for a in axes)) > 1):
                raise ValueError(f"two units clamped to 1 share a sum over axes {axes}")
        allowed = self.pinned(np.zeros(mask.shape), mask, values) == 0
        if np.any((self.vertex(allowed * 1.0) == 1) & ~allowed):
            raise ValueError("the units clamped to 0 leave no output whose sums are all 1")

    def labels(self, shape: tuple[int, ...]) -> Array:
        kept, *block = self.sizes(shape)
        return self.restored(np.arange(kept).reshape(kept, 1, 1, 1) + np.zeros(block, int), shape)


def _along(ufunc: np.ufunc, y: Array) -> Array:
    """Reduce the last axis to one; slice by slice where it is short, which numpy is slow at."""
    if y.shape[-1] < SHORT:
        return np.asarray(reduce(ufunc, np.moveaxis(y, -1, 0)))[..., None]
    return np.asarray(ufunc.reduce(y, axis=-1, keepdims=True))


def _permutations(m: Array) -> Array:
    """Return, for each matrix of a batch, the permutation matrix of largest total."""
    flat = m.reshape(-1, *m.shape[-2:])
    order = flat.argmax(-1)
    for k in np.flatnonzero((np.sort(order) != np.arange(m.shape[-1])).any(-1)).tolist():
        order[k] = permutation(flat[k])
    return permutation_matrix(order).astype(m.dtype, copy=False).reshape(m.shape)


def Softmax(axis: int | Axes = 0, ndim: int = 0) -> Polytope:
    """Return Potts units: v = softmax(u/T) along `axis` of the domain, each group summing to 1.

    Parameters
    ----------
    axis : int or tuple of int, default 0
        The domain axis, or axes, that each group runs over.
    ndim : int, optional
        Number of domain axes, where it is more than `axis` tells.

    Examples
    --------
    >>> import numpy as np
    >>> v, _ = Softmax(axis=1).gradient(np.array([[0.0, np.log(3)], [0.0, 0.0]]))
    >>> v
    array([[0.25, 0.75],
           [0.5 , 0.5 ]])
    """
    axes = axis if isinstance(axis, tuple) else (axis,)
    for name in axes:
        check_axes(axis=name)
    return Polytope((axes,), ndim)


def Sinkhorn(sweeps: int | None = None, tol: float = 1e-12) -> Polytope:
    """Return softassign units: an n×n output whose rows and columns all sum to 1.

    Parameters
    ----------
    sweeps, tol
        As in `Polytope`.

    Examples
    --------
    >>> import numpy as np
    >>> from hopopt import Sinkhorn
    >>> v, _ = Sinkhorn().gradient(np.array([[2.0, 0.0], [0.0, 1.0]]), T=1.0)
    >>> v.round(3), v.sum(0), v.sum(1)
    (array([[0.818, 0.182],
           [0.182, 0.818]]), array([1., 1.]), array([1., 1.]))
    """
    return Polytope(((1,), (0,)), 2, sweeps, tol)
