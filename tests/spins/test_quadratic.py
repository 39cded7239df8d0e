"""Quadratic problems: the energy is the sum it says, and every method keeps its word on it."""

from __future__ import annotations

import re
from itertools import product
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import sparse

from hopopt import minimize
from hopopt.core.ising import IsingEnergy
from hopopt.core.lagrangian import Array
from problems import Ising
from problems.spins.methods import METHODS

SEEDS = st.integers(0, 2**32 - 1)


def random_energy(rng: np.random.Generator, n: int, density: float, fields: bool) -> IsingEnergy:
    J = np.triu(rng.normal(size=(n, n)) * (rng.random((n, n)) < density), 1)
    h = rng.normal(size=n) if fields else None
    return IsingEnergy(sparse.csr_array(J), h, float(rng.normal()))


def corners(n: int) -> Array:
    return np.array(list(product((-1.0, 1.0), repeat=n)))


@given(SEEDS, st.integers(1, 8), st.floats(0, 1), st.booleans())
def test_energy_is_the_sum_it_says(seed: int, n: int, density: float, fields: bool) -> None:
    rng = np.random.default_rng(seed)
    J, h, constant = rng.normal(size=(n, n)), rng.normal(size=n), rng.normal()
    s = corners(n)
    dense, thin = IsingEnergy(J, h, constant), IsingEnergy(sparse.coo_array(J), h, constant)
    expected = [constant - x @ J @ x / 2 - h @ x for x in s]
    assert np.allclose(dense.value(s), expected)
    assert np.allclose(thin.value(s), expected)
    assert np.allclose(dense.J, dense.J.T)
    assert not np.diag(dense.J).any()


@pytest.mark.parametrize("method", sorted(METHODS))
def test_every_method_finds_a_small_ground_state(method: str) -> None:
    energy = random_energy(np.random.default_rng(2), 12, 0.6, True)
    best = float(energy.value(corners(12)).min())
    problem = Ising(energy)
    result = minimize(problem, method, rng=0, time_limit=60, target=best + 1e-9)
    assert result.fun == pytest.approx(best)
    assert result.fun == pytest.approx(result.energy)
    assert problem.feasible(result.x)


def test_search_ends_by_itself_where_the_minimum_comes_again_and_again() -> None:
    energy = random_energy(np.random.default_rng(3), 10, 0.9, True)
    result = minimize(Ising(energy), rng=0, time_limit=600)
    assert result.status == 0
    assert result.fun == pytest.approx(float(energy.value(corners(10)).min()))


def test_trace_falls_and_ends_at_the_answer() -> None:
    result = minimize(Ising.load("sk-60"), rng=0, sweeps=20, patience=5)
    assert np.all(np.diff(result.trace.energy) <= 0)
    assert np.all(np.diff(result.trace.time) >= 0)
    assert result.trace.energy[-1] == pytest.approx(result.fun)


def test_seed_reproduces_for_any_number_of_workers() -> None:
    problem = Ising.load("regular-60")
    options = {"rng": 7, "restarts": 2, "sweeps": 50, "patience": 4, "time_limit": 60}
    one, two = (minimize(problem, workers=k, **options) for k in (1, 2))
    assert one.x.tolist() == two.x.tolist()
    assert one.funs == two.funs


def test_target_stops_the_search() -> None:
    result = minimize(Ising.load("sk-40"), rng=0, target=0.0, time_limit=60)
    assert (len(result.trace), result.status) == (1, 0)


def test_callback_sees_rounds_and_stops() -> None:
    seen = []

    def watch(snapshot: Any) -> None:
        seen.append(snapshot.solution())
        raise StopIteration

    result = minimize(Ising.load("sk-30"), rng=0, callback=watch)
    assert len(seen) == 1
    assert result.status == 3


@pytest.mark.parametrize("scale", [1e-12, 1e12])
def test_huge_and_tiny_coefficients(scale: float) -> None:
    energy = random_energy(np.random.default_rng(1), 10, 0.7, True)
    scaled = IsingEnergy(scale * energy.J, scale * energy.h)
    best = float(scaled.value(corners(10)).min())
    result = minimize(Ising(scaled), rng=0, time_limit=20, patience=3)
    assert result.fun == pytest.approx(best, rel=1e-9)


@pytest.mark.parametrize("n", [1, 2, 5])
def test_without_couplings(n: int) -> None:
    h = np.arange(n) - 1.0
    assert minimize(Ising(np.zeros((n, n)), h), rng=0).fun == -np.abs(h).sum()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (([[0, np.nan], [0, 0]],), "J must be finite"),
        (([[0, np.inf], [0, 0]],), "J must be finite"),
        (([[0, 1]],), "J must be 1×1"),
        (([[0.0]], [1.0, 2.0]), "h must have shape"),
        (([[0.0]], [np.nan]), "h must be finite"),
        (([[1e308, 1e308], [1e308, 1e308]], None, 1e308), "J must be finite, and within"),
        (([[0.0]], None, 1e308), "constant must be finite"),
        (([[0, 1], [1]],), "J must be a rectangular array of numbers"),
        (
            (np.ma.masked_equal([[0, 1], [1, 0]], 1),),
            "J must have a value everywhere; got 2 masked",
        ),
        (([["0", "1"], ["1", "0"]],), "J must be a rectangular array of numbers; got dtype <U1"),
        (([[0, 1j], [1j, 0]],), "J must be .* got dtype complex128"),
        (([[0, 10**400], [10**400, 0]],), "J must be .* too large"),
        ((sparse.csr_array([[0.0, np.nan], [0.0, 0.0]]),), "J must be finite"),
        ((np.zeros((0, 0)),), "at least one spin"),
    ],
)
def test_bad_energies_are_refused(arguments: tuple[Any, ...], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Ising(*arguments)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"units": "spin"}, "units"),
        ({"replicas": 2, "elites": 3}, "elites"),
        ({"speed": 3}, "takes the options 'speed'"),
    ],
)
def test_bad_options_are_refused(options: dict[str, Any], message: str) -> None:
    with pytest.raises((ValueError, TypeError), match=message):
        minimize(Ising([[0.0]]), **options)


@pytest.mark.parametrize("replicas", [1, 3, 7])
def test_any_number_of_replicas(replicas: int) -> None:
    options = {"replicas": replicas, "elites": min(2, replicas), "patience": 3}
    result = minimize(Ising.load("sk-20"), rng=0, **options)
    assert result.success


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"units": "tanh"}, "units must be 'clip' or 'sign'; got 'tanh'"),
        ({"replicas": 0}, "elites must lie in 1 … replicas = 0; got 4"),
        ({"elites": 65}, "elites must lie in 1 … replicas = 64; got 65"),
        ({"sweeps": 0}, "sweeps must be at least 1; got 0"),
        ({"patience": -1}, "patience must be at least 1; got -1"),
    ],
)
def test_an_annealing_says_what_it_cannot_do(options: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=re.escape(message)):
        METHODS["anneal"](**options)
