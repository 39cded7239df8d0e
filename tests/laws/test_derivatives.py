"""Law 1: the gradient is the derivative of the value; conjugate and jvp agree with it."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from cases import (
    DOMAINS,
    ENERGIES,
    Domain,
    Floats,
    Rng,
    domains,
    dot,
    energies,
    few,
    import_everything,
    seeds,
    subclasses,
    temperatures,
)
from hypothesis import assume, given
from numpy.testing import assert_allclose

from hopopt import (
    Budget,
    Clip,
    Energy,
    Face,
    Lagrangian,
    Memory,
)

pytestmark = pytest.mark.no_cover


def slope(function: Callable[[Floats], Floats], x: Floats, w: Floats) -> Floats:
    """The derivative of a function along w, by central differences of fourth order."""
    h = 1e-3
    near, far = function(x + h * w) - function(x - h * w), function(x + 2 * h * w)
    return (8 * near - (far - function(x - 2 * h * w))) / (12 * h)


def at_a_kink(units: Lagrangian, u: Floats, w: Floats, T: float) -> bool:
    """Whether a budget begins to bind within the reach of `slope`: the output has a kink there."""
    budget = units.base if isinstance(units, Face) else units
    if not isinstance(budget, Budget):
        return False
    outputs = (units.gradient(u + step * w, T)[0] for step in (-2e-3, 0.0, 2e-3))
    weights = budget.weights.reshape(np.size(budget.bound), -1)
    binding = [np.abs(weights @ np.ravel(v) - budget.bound) < 1e-9 for v in outputs]
    return any((b != binding[0]).any() for b in binding)


def test_every_class_has_a_case() -> None:
    import_everything()
    units = {type(case.lagrangian) for case in DOMAINS.values()}
    assert set(subclasses(Lagrangian)) == units
    made = {type(make(np.random.default_rng(0))) for make in ENERGIES.values()}
    assert {kind for kind in subclasses(Energy) if kind.conservative} == made
    faces = {type(c.lagrangian.base) for c in DOMAINS.values() if isinstance(c.lagrangian, Face)}
    assert faces == units - {Face}


@domains
@few
@given(rng=seeds, T=temperatures)
def test_output_is_the_gradient_of_the_lagrangian(case: Domain, rng: Rng, T: float) -> None:
    units, u, w = case.units, T * case.state(rng), rng.normal(size=case.shape)
    assume(not at_a_kink(units, u, w, T))
    v, _ = units.gradient(u, T)
    assert_allclose(slope(lambda x: units.value(x, T), u, w), np.sum(v * w), atol=1e-6)
    value, same = units.evaluate(u, T)
    assert_allclose(value, units.value(u, T), atol=1e-12)
    assert_allclose(same, v, atol=1e-12)


@domains
@few
@given(rng=seeds, T=temperatures)
def test_conjugate_is_what_fenchel_and_young_say(case: Domain, rng: Rng, T: float) -> None:
    units, u = case.units, T * case.state(rng)
    v, _ = units.gradient(u, T)
    rest = units.conjugate(v, T)
    assert_allclose(units.value(u, T) + rest, np.sum(u * v), atol=1e-9)
    others = T * case.state(rng, 20, spread=3.0)
    assert np.all(units.value(others, T) + rest >= dot(others, v, len(case.shape)) - 1e-9)
    assert_allclose(units.density(v).sum() * T, rest, atol=1e-12)


@domains
@few
@given(rng=seeds, T=temperatures)
def test_jvp_is_the_motion_of_the_output(case: Domain, rng: Rng, T: float) -> None:
    units, u, w = case.units, T * case.state(rng), rng.normal(size=case.shape)
    assume(not at_a_kink(units, u, w, T))
    v, _ = units.gradient(u, T)
    moved = slope(lambda x: units.gradient(x, T)[0], u, w)
    assert_allclose(units.jvp(v, w, T), moved, atol=1e-6)
    push = rng.normal(size=case.shape)
    assert_allclose(np.sum(push * moved), np.sum(w * units.jvp(v, push, T)), atol=1e-6)
    assert np.sum(w * moved) <= (units.lipschitz / T + 1e-6) * np.sum(w * w)


@domains
@few
@given(rng=seeds, T=temperatures)
def test_inverse_leads_to_the_output(case: Domain, rng: Rng, T: float) -> None:
    units, v = case.units, case.output(rng)
    assert_allclose(units.gradient(units.inverse(v, T), T)[0], v, atol=1e-8)


@domains
@few
@given(rng=seeds)
def test_replicas_of_a_lagrangian_do_not_meet(case: Domain, rng: Rng) -> None:
    units, u = case.units, case.state(rng, 2, 3)
    T = rng.uniform(0.5, 2, size=(2, 3))
    v, warm = units.gradient(u, T)
    w = rng.normal(size=u.shape)
    value, conjugate, moved = units.value(u, T), units.conjugate(v, T), units.jvp(v, w, T)
    for replica in np.ndindex(2, 3):
        alone, _ = units.gradient(u[replica], T[replica])
        assert_allclose(v[replica], alone, atol=1e-9)
        assert_allclose(value[replica], units.value(u[replica], T[replica]), atol=1e-9)
        assert_allclose(conjugate[replica], units.conjugate(alone, T[replica]), atol=1e-9)
        assert_allclose(moved[replica], units.jvp(alone, w[replica], T[replica]), atol=1e-8)
    again, _ = units.gradient(1.01 * u, 0.9 * T, warm)
    assert_allclose(again, units.gradient(1.01 * u, 0.9 * T)[0], atol=1e-9)


@energies
@few
@given(rng=seeds)
def test_energy_gradient_and_curvature(make: Callable[[Rng], Energy], rng: Rng) -> None:
    H = make(rng)
    v, w, x = rng.uniform(-0.9, 0.9, size=(3, *H.shape))
    size = 1 + np.abs(H.gradient(v)).max()
    assert_allclose(slope(H.value, v, w), np.sum(H.gradient(v) * w), atol=1e-6 * size)
    if type(H) is Memory and isinstance(H.hidden, Clip):
        return
    assert_allclose(slope(H.gradient, v, w), H.hessp(v, w), atol=1e-6 * size)
    assert_allclose(np.sum(x * H.hessp(v, w)), np.sum(w * H.hessp(v, x)), atol=1e-9 * size)


@energies
@few
@given(rng=seeds)
def test_replicas_of_an_energy_do_not_meet(make: Callable[[Rng], Energy], rng: Rng) -> None:
    H = make(rng)
    v, w = rng.uniform(-1, 1, size=(2, 2, 3, *H.shape))
    value, gradient = H.evaluate(v)
    assert value.shape == (2, 3)
    assert gradient.shape == v.shape
    majorizer = H.majorizer(v).value(w) if not _refuses_majorizer(H) else None
    for replica in np.ndindex(2, 3):
        assert_allclose(value[replica], H.value(v[replica]), atol=1e-9)
        assert_allclose(gradient[replica], H.gradient(v[replica]), atol=1e-9)
        assert_allclose(H.hessp(v, w)[replica], H.hessp(v[replica], w[replica]), atol=1e-9)
        assert_allclose(H.flip(v, w)[replica], H.flip(v[replica], w[replica]), atol=1e-9)
        if majorizer is not None:
            assert_allclose(
                majorizer[replica], H.majorizer(v[replica]).value(w[replica]), atol=1e-9
            )


def _refuses_majorizer(H: Energy) -> bool:
    try:
        H.majorizer(np.zeros(H.shape))
    except TypeError:
        return True
    return False


@energies
@few
@given(rng=seeds)
def test_curvature_bounds_every_direction(make: Callable[[Rng], Energy], rng: Rng) -> None:
    H = make(rng)
    v, w = rng.uniform(-1, 1, size=(2, 50, *H.shape))
    ndim = len(H.shape)
    bend = dot(w, H.hessp(v, w), ndim) / dot(w, w, ndim)
    assert np.all(bend <= H.curvature() + 1e-9)
    if H.quadratic:
        low, high = H.spectrum
        assert high == H.curvature()
        assert np.all(bend >= low - 1e-9)


@energies
@few
@given(rng=seeds)
def test_majorizer_touches_and_lies_above(make: Callable[[Rng], Energy], rng: Rng) -> None:
    H = make(rng)
    v = rng.uniform(-1, 1, size=H.shape)
    M = H.majorizer(v)
    assert_allclose(M.value(v), H.value(v), atol=1e-9)
    assert_allclose(M.gradient(v), H.gradient(v), atol=1e-9)
    w = rng.uniform(-1, 1, size=(50, *H.shape))
    assert np.all(M.value(w) >= H.value(w) - 1e-9 * (1 + np.abs(H.value(w))))


@energies
@few
@given(rng=seeds)
def test_columns_are_those_of_the_second_derivative(
    make: Callable[[Rng], Energy], rng: Rng
) -> None:
    H = make(rng)
    units = rng.integers(0, int(np.prod(H.shape)), size=(2, 3))
    columns = H.columns(units)
    if columns is None:
        return
    assert H.quadratic
    basis = np.eye(int(np.prod(H.shape)))[units].reshape(2, 3, *H.shape)
    expected = H.hessp(np.zeros(H.shape), basis)
    assert_allclose(columns.reshape(basis.shape), expected, atol=1e-12)
