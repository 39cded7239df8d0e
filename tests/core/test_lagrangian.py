from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from cases import DOMAINS, Rng, seeds
from hypothesis import given, settings
from numpy.testing import assert_allclose

from hopopt import (
    Clip,
    Face,
    Identity,
    Lagrangian,
    Polytope,
    Sigmoid,
    Sinkhorn,
    Softmax,
    Tanh,
)
from hopopt.core import scaling
from hopopt.core.lagrangian import fits, per_replica
from hopopt.core.scaling import project, scale

UNITS = [Identity(), Tanh(), Sigmoid(), Clip()]


def test_activations_are_the_textbook_ones() -> None:
    u, T = np.array([-1.0, 0.0, 0.4]), 0.5
    for units, v in (
        (Identity(), u / T),
        (Tanh(), np.tanh(u / T)),
        (Sigmoid(), (1 + np.tanh(u / T)) / 2),
        (Sigmoid(), 1 / (1 + np.exp(-2 * u / T))),
        (Clip(), np.clip(u / T, -1, 1)),
        (Softmax(), np.exp(u / T) / np.exp(u / T).sum()),
    ):
        assert_allclose(units.gradient(u, T)[0], v, atol=1e-12)


def test_extreme_states_give_finite_outputs_and_no_warning() -> None:
    u = np.array([-1e6, 1e6, 0.0])
    for units in (Tanh(), Sigmoid(), Clip(), Softmax()):
        v, _ = units.gradient(u, 1e-3)
        assert np.all(np.isfinite(v))
        assert np.isfinite(units.value(u, 1e-3))
        assert np.isfinite(units.conjugate(v, 1e-3))
        assert np.all(np.isfinite(units.jvp(v, np.ones(3), 1e-3)))
        assert np.all(np.isfinite(units.inverse(v, 1e-3)))


@pytest.mark.parametrize("units", UNITS, ids=repr)
def test_separable_units_take_any_shape(units: Lagrangian) -> None:
    bound = units.on((2, 3, 4))
    assert (bound.ndim, bound.blocks) == (3, "unit")
    assert bound.value(np.zeros((5, 2, 3, 4))).shape == (5,)
    assert len(np.unique(bound.labels((2, 3, 4)))) == 24


@pytest.mark.parametrize("units", [Tanh(), Sigmoid(), Clip()], ids=repr)
def test_the_opposite_of_the_opposite_is_the_vertex_itself(units: Any) -> None:
    v = units.vertex(np.array([-2.0, 0.0, 3.0]))
    other = units.opposite(v)
    assert np.all(other != v)
    assert_allclose(units.opposite(other), v)


def test_what_a_domain_does_not_have_is_refused() -> None:
    rng = np.random.default_rng(0)
    for call in (
        lambda: Identity().vertex(np.zeros(2)),
        lambda: Identity().opposite(np.zeros(2)),
        lambda: Identity().noise(rng, (2,)),
    ):
        with pytest.raises(TypeError, match="Identity units are unbounded"):
            call()
    with pytest.raises(TypeError, match="no two-valued units"):
        Softmax().opposite(np.zeros(2))


@pytest.mark.parametrize("name", DOMAINS)
def test_labels_number_the_blocks(name: str) -> None:
    case = DOMAINS[name]
    labels = case.units.labels(case.shape)
    assert labels.shape == case.shape
    count = {"unit": labels.size, "whole": 1}.get(case.units.blocks)
    if count is None:
        base = case.units.base if isinstance(case.units, Face) else case.units
        assert isinstance(base, Polytope)
        count = labels.size // int(np.prod([case.shape[a] for a in base.sums[0]]))
    assert labels.min() == 0
    assert labels.max() == count - 1


def test_uniform_knows_the_blocks() -> None:
    groups = Softmax(axis=1, ndim=2)
    assert groups.uniform(np.array([[1.0], [2.0]]) * np.ones((2, 3)))
    assert groups.uniform(np.array([[1.0], [2.0]]))
    assert not groups.uniform(np.array([[1.0, 1.0, 2.0], [2.0, 2.0, 2.0]]))
    assert groups.uniform(np.array([[[1.0]], [[2.0]]]))
    assert not Sinkhorn().uniform(np.diag([1.0, 2.0]))


def test_parameters_of_replicas_and_units() -> None:
    assert per_replica(2.0, 3).shape == ()
    assert per_replica(np.ones(4), 2).shape == (4, 1, 1)
    for shape in ((), (3,), (1, 3), (2, 1), (7, 2, 3), (5, 7, 1, 3)):
        assert fits(np.zeros(shape), (2, 3)), shape
    for shape in ((2,), (3, 2), (4, 3, 3)):
        assert not fits(np.zeros(shape), (2, 3)), shape


# Polytopes


@pytest.mark.parametrize(
    ("sums", "options", "message"),
    [
        ((), {}, "one or two non-empty tuples"),
        (((),), {}, "one or two non-empty tuples"),
        (((0,), (1,), (2,)), {}, "one or two non-empty tuples"),
        (((-1,),), {}, "axes from 0 to"),
        (((2,),), {"ndim": 2}, "axes from 0 to 1"),
        (((0, 1), (1,)), {}, "neither family of sums may contain the other"),
        (((0,), (0,)), {}, "neither family of sums may contain the other"),
        (((1,), (0,)), {"sweeps": 0}, "sweeps must be at least 1"),
    ],
)
def test_sums_that_are_no_polytope(sums: Any, options: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Polytope(sums, **options)


def test_shapes_that_a_polytope_cannot_have() -> None:
    with pytest.raises(ValueError, match="needs states of 2 axes or more"):
        Sinkhorn().on((3,))
    with pytest.raises(ValueError, match="as many groups; got 2 and 3"):
        Sinkhorn().on((2, 3))
    assert Softmax(axis=0).on((2, 3)).ndim == 2
    assert Polytope(((1,), (0,))) == Sinkhorn()
    assert hash(Sinkhorn()) == hash(Sinkhorn())
    assert Softmax(axis=(1, 0)) == Softmax(axis=(0, 1))


def test_a_kept_axis_separates_assignments() -> None:
    u = np.random.default_rng(0).normal(size=(2, 3, 3))
    v, _ = Polytope(((2,), (1,))).gradient(u)
    for k in range(2):
        assert_allclose(v[k], Sinkhorn().gradient(u[k])[0], atol=1e-10)
    assert Polytope(((2,), (1,))).on((2, 3, 3)).labels((2, 3, 3))[1].max() == 1


def test_few_sweeps_are_the_fast_approximation() -> None:
    u = np.random.default_rng(1).normal(size=(5, 5))
    exact, warm = Sinkhorn().gradient(u, 0.5)
    rough, _ = Sinkhorn(sweeps=2).gradient(u, 0.5)
    again, _ = Sinkhorn(sweeps=2).gradient(u, 0.5, warm)
    assert_allclose(rough.sum(0), 1)
    assert np.abs(rough - exact).max() > 1e-4
    assert_allclose(again, exact, atol=1e-9)


@settings(max_examples=15)
@given(rng=seeds)
def test_scaling_is_exact_at_any_range(rng: Rng) -> None:
    spread = float(10.0 ** rng.uniform(-1, 3))
    m = rng.normal(scale=spread, size=(2, 5, 5))
    result = scale(m, None, None, 1e-12)
    assert_allclose(result.matrix.sum(-1), 1, atol=1e-11)
    assert_allclose(result.matrix.sum(-2), 1, atol=1e-11)
    rebuilt = np.exp(m + result.row[..., :, None] + result.col[..., None, :])
    assert_allclose(result.matrix, rebuilt, atol=1e-9)
    warm = scale(m + 0.01 * rng.normal(size=m.shape), result.col, None, 1e-12)
    assert_allclose(warm.matrix.sum(-1), 1, atol=1e-11)


def test_scaling_ends_where_rounding_keeps_it_from_its_tolerance(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    rounds = 0
    newton = scaling._newton

    def counted(*arguments: Any) -> Any:
        nonlocal rounds
        rounds += 1
        return newton(*arguments)

    monkeypatch.setattr(scaling, "_newton", counted)
    ties = 1e14 * np.random.default_rng(1).integers(0, 3, (10, 10))
    matrix = scale(ties, None, None, 1e-12).matrix
    assert_allclose(matrix.sum(-1), 1, atol=1e-6)
    assert_allclose(matrix.sum(-2), 1, atol=1e-12)
    assert 1 < rounds < scaling.MAX_ROUNDS / 2


def test_scaling_keeps_forbidden_entries_empty() -> None:
    m = np.log(
        np.array([[1.0, 1.0, 0.0], [1.0, 1.0, 1.0], [0.0, 1.0, 1.0]]),
        where=[[1, 1, 0], [1, 1, 1], [0, 1, 1]],
        out=np.full((3, 3), -np.inf),
    )
    matrix = scale(m, None, None, 1e-12).matrix
    assert matrix[0, 2] == matrix[2, 0] == 0
    assert_allclose(matrix.sum(0), 1, atol=1e-11)


@settings(max_examples=15)
@given(rng=seeds)
def test_projection_is_tangent_to_the_birkhoff_polytope(rng: Rng) -> None:
    P = scale(rng.normal(size=(4, 4)), None, None, 1e-12).matrix
    w = rng.normal(size=(3, 4, 4))
    moved = project(P, w)
    assert_allclose(moved.sum(-1), 0, atol=1e-9)
    assert_allclose(moved.sum(-2), 0, atol=1e-9)
    shifted = w + rng.normal(size=(4, 1)) + rng.normal(size=(1, 4))
    assert_allclose(project(P, shifted), moved, atol=1e-8)


# Faces


def test_a_face_of_a_face_is_one_face() -> None:
    first = Face(Tanh(), np.array([True, False, False]), np.array([0.5, 0, 0]))
    both = Face(first, np.array([True, True, False]), np.array([-0.5, 0.25, 0]))
    assert both.base == Tanh()
    assert_allclose(both.gradient(np.zeros(3))[0], [-0.5, 0.25, 0])
    assert both.bounded
    assert both.blocks == "unit"


def test_a_row_and_column_of_a_pinned_assignment_are_empty() -> None:
    mask = np.zeros((4, 4), dtype=bool)
    mask[0, 1] = mask[2, 3] = True
    v, _ = Face(Sinkhorn(), mask, np.where(mask & (np.arange(4) == 1), 1.0, 0.0)).gradient(
        np.random.default_rng(2).normal(size=(4, 4))
    )
    assert v[0, 1] == 1
    assert v[2, 3] == 0
    assert v[0].sum() == v[:, 1].sum() == 1
    assert_allclose(v.sum(1), 1, atol=1e-10)


def test_values_of_a_face_may_differ_from_replica_to_replica() -> None:
    values = np.array([[1.0, 0, 0], [-1.0, 0, 0]])
    face = Face(Tanh(), np.array([True, False, False]), values)
    v, _ = face.gradient(np.full((2, 3), 0.3))
    assert_allclose(v[:, 0], [1, -1])
    assert_allclose(v[:, 1], np.tanh(0.3))


@pytest.mark.parametrize(
    ("base", "mask", "values", "message"),
    [
        (Tanh(), [1, 0], [2.0, 0], r"lie in \[-1, 1\], the domain of Tanh"),
        (Sigmoid(), [1, 0], [-0.5, 0], r"lie in \[0, 1\], the domain of Sigmoid"),
        (Identity(), [1, 0], [np.nan, 0], "must be finite"),
        (Identity(), [1, 0], [np.inf, 0], "must be finite"),
        (Softmax(), [1, 0], [0.5, 0], "must be 0 or 1"),
        (Softmax(), [1, 1], [1, 1], "two units clamped to 1 share a sum"),
        (Softmax(), [1, 1], [0, 0], "leave no output whose sums are all 1"),
        (Sinkhorn(), np.eye(3)[0] * np.ones((3, 1)), np.zeros((3, 3)), "leave no output"),
    ],
)
def test_clamped_values_outside_the_domain(base: Any, mask: Any, values: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Face(base, np.asarray(mask), np.asarray(values))
