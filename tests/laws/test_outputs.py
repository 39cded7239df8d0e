"""Laws 2 and 3: vertices are the limit T → 0; what the sums of a polytope fix is ignored."""

from __future__ import annotations

import numpy as np
import pytest
from cases import (
    BOUNDED,
    DOMAINS,
    Domain,
    Floats,
    Rng,
    bounded,
    dot,
    few,
    pinned,
    seeds,
)
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from hopopt import (
    Budget,
    Face,
    Lagrangian,
    Polytope,
    Tanh,
)

pytestmark = pytest.mark.no_cover

# Law 2: a vertex is the limit T → 0


@bounded
@few
@given(rng=seeds, T=st.sampled_from([0.02, 0.3]))
def test_vertex_is_the_limit_of_the_output(case: Domain, rng: Rng, T: float) -> None:
    units, u, ndim = case.units, case.state(rng, 8), len(case.shape)
    best = units.vertex(u)
    v, _ = units.gradient(u, T)
    loss = dot(u, best - v, ndim)
    allowed = units.conjugate(best, T) - units.conjugate(v, T)
    assert np.all(loss >= -1e-9)
    assert np.all(loss <= allowed + 1e-9)


@bounded
@few
@given(rng=seeds)
def test_vertex_lies_in_the_domain(case: Domain, rng: Rng) -> None:
    units, u = case.units, case.state(rng, 8)
    for v in (units.vertex(u), units.gradient(u, 0.5)[0]):
        assert_in_domain(units, v)
    best = units.vertex(u)
    assert_allclose(units.vertex(units.inverse(best)), best)


def assert_in_domain(units: Lagrangian, v: Floats) -> None:
    if isinstance(units, Face):
        assert np.all((v == units.values) | ~units.mask)
        units = units.base
    if isinstance(units, Polytope):
        assert np.all(v >= 0)
        lead = v.ndim - units.ndim
        for axes in units.sums:
            assert_allclose(v.sum(tuple(lead + a for a in axes)), 1, atol=1e-10)
        return
    if isinstance(units, Budget):
        cost = np.tensordot(
            v, units.weights, (tuple(range(-units.ndim, 0)), range(1, 1 + units.ndim))
        )
        assert np.all(cost <= units.bound + 1e-9)
        assert not units.equal or np.all(cost >= units.bound - 1e-9)
        units = units.base
    low = float(units.vertex(np.full(1, -1.0))[0])
    assert np.all((v >= low) & (v <= 1))


@pytest.mark.parametrize(
    "case", [c for c in BOUNDED.values() if c.lagrangian.blocks != "whole"], ids=str
)
def test_noise_at_the_vertices_has_the_output_as_its_mean(case: Domain) -> None:
    rng, units, T = np.random.default_rng(1), case.units, 0.7
    u = case.state(rng)
    z = units.noise(rng, (40_000, *case.shape))
    mean = units.vertex(u + T * z).mean(0)
    assert_allclose(mean, units.gradient(u, T)[0], atol=0.02)


# Law 3: a polytope's output ignores what its sums fix


@pytest.mark.parametrize("name", [n for n, c in DOMAINS.items() if isinstance(c.units, Polytope)])
@few
@given(rng=seeds)
def test_output_ignores_what_the_sums_fix(name: str, rng: Rng) -> None:
    case = DOMAINS[name]
    units, u = case.units, case.state(rng)
    assert isinstance(units, Polytope)
    moved = u
    for axes in units.sums:
        groups = [1 if a in axes else case.shape[a] for a in range(units.ndim)]
        moved = moved + rng.normal(scale=5, size=groups)
    v, _ = units.gradient(u)
    assert_allclose(units.gradient(moved)[0], v, atol=1e-9)
    assert_allclose(units.vertex(moved), units.vertex(u))


def test_case_of_a_face_clamps_what_it_says() -> None:
    case = pinned(Tanh(), (3,), (1,))
    assert case.output(np.random.default_rng(0))[1] == 1
