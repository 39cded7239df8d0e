"""Units that share a budget: against linear programming, at all scales, and what is refused."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose
from scipy.optimize import linprog

from hopopt import Balance, Budget, Flow, Identity, Monitor, Network, Quadratic, Sigmoid, Tanh
from hopopt.core.units import Separable

seeds = st.integers(0, 2**32 - 1).map(np.random.default_rng)


@pytest.mark.parametrize("rows", [1, 4])
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@settings(max_examples=8)
@given(rng=seeds, steep=st.sampled_from([1e-3, 1.0, 1e3, 1e9]))
def test_budgets_hold_and_prices_are_due(
    rows: int, dtype: Any, rng: np.random.Generator, steep: float
) -> None:
    """⟨w, v⟩ ≤ b, and a price is 0 where the budget is not spent, in both precisions."""
    w = rng.uniform(0, 5, (rows, 30)) * (rng.random((rows, 30)) < 0.8)
    b = rng.uniform(0, 0.6) * w.sum(axis=1)
    units = Budget(Sigmoid(), w, b)
    u = (steep * rng.normal(size=(3, 30))).astype(dtype)
    v, prices = units.gradient(u)
    assert prices is not None
    assert v.dtype == dtype
    share = (v @ w.T - b) / np.maximum(w.sum(axis=1), 1e-9)
    close = 1e-9 if dtype == np.float64 else 1e-4
    assert np.all(share <= close)
    assert np.all(prices >= 0)
    if dtype == np.float64:
        assert np.all((prices == 0) | (share >= -close))
    again, _ = units.gradient(u, 1.0, prices)
    assert_allclose(again, v, atol=1e-7 if dtype == np.float64 else 1e-2)


@settings(max_examples=15)
@given(rng=seeds, rows=st.integers(1, 3))
def test_vertices_are_those_of_the_linear_program(rng: np.random.Generator, rows: int) -> None:
    w = rng.uniform(0, 5, (rows, 8))
    b = rng.uniform(0, 1) * w.sum(axis=1)
    u = rng.normal(size=(2, 8))
    for best, state in zip(Budget(Sigmoid(), w, b).vertex(u), u, strict=True):
        assert_allclose(best @ state, -linprog(-state, w, b, bounds=(0, 1)).fun, atol=1e-9)
    signed = rng.normal(size=8)
    balance = Balance(Tanh(), signed, 0.3 * float(signed.sum()))
    for best, state in zip(balance.vertex(u), u, strict=True):
        known = linprog(-state, A_eq=signed[None], b_eq=balance.bound, bounds=(-1, 1))
        assert_allclose(best @ state, -known.fun, atol=1e-9)


def test_at_rest_the_balance_holds() -> None:
    """Two groups of four pull against each other: each takes one side."""
    W = np.kron(np.eye(2), np.ones((4, 4))) - np.eye(8)
    network = Network(Quadratic(-W), Balance(Tanh(), np.ones(8)), T=0.5)
    u = np.random.default_rng(0).normal(size=(5, 8))
    rest = Flow("RK45").run(network, u, Monitor())
    v, _ = network.output(rest.u)
    assert_allclose(v.sum(axis=1), 0, atol=1e-9)
    assert np.all(np.abs(v) > 0.9)
    assert np.all(np.sign(v[:, :4]) == -np.sign(v[:, 4:]))


def test_fewer_steps_come_close() -> None:
    units = Budget(Sigmoid(), np.arange(12.0).reshape(2, 6), [3.0, 9.0], steps=2)
    v, _ = units.gradient(np.linspace(-1, 1, 6))
    assert np.all(v @ np.arange(12.0).reshape(2, 6).T <= [3.3, 9.9])


@pytest.mark.parametrize(
    ("base", "weights", "bound", "message"),
    [
        (Sigmoid(), [1.0, 2.0], -0.5, r"bound must lie in \[0, inf\].*got -0.5"),
        (Tanh(), [1.0, 2.0], -3.5, r"bound must lie in \[-3, inf\]"),
        (Sigmoid(), [1.0, -2.0], 1.0, "weights must be nonnegative; got -2"),
        (Sigmoid(), [1.0, np.nan], 1.0, "weights must be finite"),
        (Sigmoid(), [1.0, 2.0], np.inf, "bound must be finite"),
        (Sigmoid(), [1.0, 2.0], np.nan, "bound must be finite"),
        (Sigmoid(), [[1.0, 2.0]], [1.0, 2.0], "one row a bound"),
        (Sigmoid(), [], 1.0, "one row a bound"),
    ],
)
def test_budgets_that_cannot_be_kept(
    base: Separable, weights: Any, bound: Any, message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        Budget(base, weights, bound)


def test_other_bad_input() -> None:
    with pytest.raises(ValueError, match=r"bound must lie in \[-2, 2\]"):
        Balance(Tanh(), [1.0, 1.0], 2.5)
    with pytest.raises(ValueError, match="bound must be finite"):
        Balance(Tanh(), [1.0, 1.0], np.nan)
    with pytest.raises(TypeError, match="base must be two-valued units"):
        Budget(Identity(), [1.0], 1.0)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="steps must be at least 1"):
        Budget(Sigmoid(), [1.0], 1.0, steps=0)
    with pytest.raises(ValueError, match=r"weights for the shape \(2,\); got the shape \(3,\)"):
        Network(Quadratic(np.eye(3)), Budget(Sigmoid(), [1.0, 1.0], 1.0))
    network = Network(Quadratic(np.eye(2)), Budget(Sigmoid(), [1.0, 2.0], 1.5))
    with pytest.raises(ValueError, match="clamped values must be 0 or 1"):
        network.clamp([True, False], [0.5, 0.0])
    with pytest.raises(ValueError, match="bound must lie in"):
        network.clamp([False, True], [0.0, 1.0])
