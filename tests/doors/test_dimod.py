from __future__ import annotations

import unittest
from typing import Any

import numpy as np
import pytest

dimod = pytest.importorskip("dimod")

from dimod import testing  # noqa: E402

from problems import QUBO, HopfieldSampler  # noqa: E402


@testing.load_sampler_bqm_tests(HopfieldSampler)
class TestSampler(unittest.TestCase):
    """What dimod asks of every sampler."""


def model(kind: str, n: int = 12) -> Any:
    return dimod.generators.gnm_random_bqm(n, 30, kind, random_state=3)


def test_interface() -> None:
    testing.assert_sampler_api(HopfieldSampler())


@pytest.mark.parametrize("kind", ["SPIN", "BINARY"])
def test_finds_the_ground_state(kind: str) -> None:
    bqm = model(kind)
    found = HopfieldSampler().sample(bqm, num_reads=3, seed=0)
    testing.assert_sampleset_energies(found, bqm)
    exact = dimod.ExactSolver().sample(bqm).first.energy
    assert found.first.energy == pytest.approx(exact)
    assert len(found) == 3
    assert found.vartype is bqm.vartype


def test_seed_reproduces() -> None:
    bqm = model("SPIN", 20)
    first, second = (HopfieldSampler().sample(bqm, num_reads=2, seed=5) for _ in range(2))
    assert np.array_equal(first.record.sample, second.record.sample)


@pytest.mark.parametrize("kind", ["SPIN", "BINARY"])
@pytest.mark.parametrize("order", [0, 2, 4])
def test_polynomials(kind: str, order: int) -> None:
    """The least energy is the exact solver's; dimod's own assertions of energies hold."""
    rng, terms = np.random.default_rng(order), {(): 1.5}
    for _ in range(12):
        key = rng.choice(list("abcdefgh"), rng.integers(order + 1), replace=False)
        terms[tuple(sorted(key.tolist()))] = float(rng.normal())
    poly = dimod.BinaryPolynomial(terms, kind)
    found = HopfieldSampler().sample_poly(poly, num_reads=2, seed=0)
    assert len(found) == 2
    assert found.vartype is poly.vartype
    testing.assert_sampleset_energies(found, poly)
    if order:
        exact = dimod.ExactPolySolver().sample_poly(poly).first.energy
        assert found.first.energy == pytest.approx(exact)


def test_other_ways_in_and_composites_of_polynomials() -> None:
    sampler, H = HopfieldSampler(), {("a", "b", "c"): -1.0, ("a",): 0.5}
    assert sampler.sample_hubo(H, seed=0).first.energy == -0.5
    assert sampler.sample_hising({"a": 0.5}, {("a", "b", "c"): -1.0}).first.energy == -1.5
    composed = dimod.PolyTruncateComposite(sampler, 1)
    assert len(composed.sample_hubo(H, num_reads=3, seed=0)) == 1
    with pytest.raises(ValueError, match="num_reads must be a positive integer; got 0"):
        sampler.sample_hubo(H, num_reads=0)


def test_each_read_is_a_sample_of_its_own() -> None:
    """Both ground states of a symmetric model appear, and several of a frustrated one."""
    chain = HopfieldSampler().sample_ising({}, {(0, 1): -1, (1, 2): -1}, num_reads=20, seed=0)
    assert len(chain.aggregate()) == 2
    assert set(chain.record.energy) == {-2}
    square = {(0, 1): 1, (1, 2): 1, (2, 0): 1}
    assert len(HopfieldSampler().sample_ising({}, square, num_reads=40, seed=0).aggregate()) > 1


def test_num_reads_is_any_whole_number() -> None:
    assert len(HopfieldSampler().sample(model("SPIN"), num_reads=np.int64(3))) == 3
    assert len(HopfieldSampler().sample(model("SPIN"), num_reads=600)) == 600


@pytest.mark.parametrize("kind", ["SPIN", "BINARY"])
def test_initial_states_are_what_reads_begin_with(kind: str) -> None:
    bqm = model(kind)
    exact = dimod.ExactSolver().sample(bqm).first
    found = HopfieldSampler().sample(bqm, initial_states=exact.sample, num_reads=4, seed=0)
    assert len(found) == 4
    some = dimod.SampleSet.from_samples_bqm([exact.sample] * 3, bqm)
    assert len(HopfieldSampler().sample(bqm, initial_states=some, seed=0)) == 3
    with pytest.raises(ValueError, match="insufficient number of initial states"):
        HopfieldSampler().sample(
            bqm, initial_states=exact.sample, num_reads=4, initial_states_generator="none"
        )


def test_a_read_is_the_best_of_its_annealings() -> None:
    bqm = model("SPIN", 40)
    one, five = (
        HopfieldSampler().sample(bqm, num_reads=8, seed=1, patience=k).record.energy for k in (1, 5)
    )
    assert np.all(five <= one + 1e-9)


def test_composes() -> None:
    bqm = dimod.BinaryQuadraticModel({"a": -1}, {("b", "c"): 2}, 0.0, "SPIN")
    found = dimod.TrackingComposite(HopfieldSampler()).sample(bqm)
    assert found.first.energy == -3


def test_time_limit_is_taken() -> None:
    found = HopfieldSampler().sample(model("SPIN"), time_limit=0.0, num_reads=2)
    assert len(found) == 2


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"num_reads": 0}, "num_reads"),
        ({"num_reads": 1.5}, "num_reads"),
        ({"num_reads": True}, "num_reads"),
        ({"patience": 0}, "patience"),
        ({"time_limit": -1}, "time"),
    ],
)
def test_bad_options(options: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        HopfieldSampler().sample(model("SPIN"), **options)


def test_unknown_options_warn() -> None:
    with pytest.warns(dimod.exceptions.SamplerUnknownArgWarning):
        HopfieldSampler().sample(model("SPIN"), annealing_time=20)


@pytest.mark.parametrize("kind", ["SPIN", "BINARY"])
def test_qubo_from_model_has_its_energies(kind: str) -> None:
    bqm = model(kind)
    bits = np.random.default_rng(0).integers(0, 2, bqm.num_variables)
    sample = dict(zip(bqm.variables, bits if kind == "BINARY" else 2 * bits - 1, strict=True))
    problem = QUBO.from_bqm(bqm)
    assert problem.cost(bits) == pytest.approx(bqm.energy(sample))
    assert problem.energy.value(2.0 * bits - 1) == pytest.approx(bqm.energy(sample))


def test_model_of_a_maximisation_is_negated() -> None:
    problem = QUBO([[1, 2], [0, -4]], sense="max", constant=1)
    bqm = problem.to_bqm()
    assert bqm.energy({0: 1, 1: 1}) == -problem.cost([1, 1])
