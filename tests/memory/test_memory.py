from __future__ import annotations

import warnings

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from patterns import PAIRWISE, TWO_VALUED, N, P, coded, data, seeds

from hopopt import AssociativeMemory, Status
from hopopt.memory import CapacityWarning

# The textbook, to the letter


@given(seed=seeds)
def test_hebbs_weights_are_the_textbooks(seed: int) -> None:
    patterns, _ = data(seed, 12, 3)
    W = AssociativeMemory("hebb").fit(patterns[:1]).weights_.toarray()
    assert np.array_equal(W, np.outer(patterns[0], patterns[0]) - np.eye(12))
    with warnings.catch_warnings(action="ignore"):
        memory, other = AssociativeMemory("hebb"), AssociativeMemory("hebb")
        W = memory.fit(patterns).weights_.toarray()
        V = other.fit(coded(patterns, "binary")).weights_.toarray()
    expected = sum(np.outer(s, s) for s in patterns) * (1 - np.eye(12))
    by_bits = sum(np.outer(2 * s - 1, 2 * s - 1) for s in coded(patterns, "binary"))
    assert np.array_equal(W, expected)
    assert np.array_equal(V, by_bits * (1 - np.eye(12)))


def test_hebbs_weights_may_be_divided_by_the_number_of_units() -> None:
    patterns, _ = data()
    plain = AssociativeMemory("hebb").fit(patterns).weights_.toarray()
    scaled = AssociativeMemory("hebb", normalize=True).fit(patterns).weights_.toarray()
    assert np.allclose(scaled, plain / N)


@pytest.mark.parametrize("coding", ["bipolar", "binary"])
@pytest.mark.parametrize("rule", PAIRWISE)
def test_weights_are_symmetric_without_diagonal(rule: str, coding: str) -> None:
    patterns, _ = data()
    weights = AssociativeMemory(rule).fit(coded(patterns, coding)).weights_
    W = weights.toarray()
    assert np.array_equal(W, W.T)
    assert not W.diagonal().any()
    assert np.allclose(weights.diagonal(), 0, atol=1e-9)
    v = np.random.default_rng(0).standard_normal(N)
    assert np.allclose(weights @ v, W @ v)
    assert weights.shape == (N, N)


@pytest.mark.parametrize("coding", ["bipolar", "binary"])
@pytest.mark.parametrize("rule", PAIRWISE)
def test_one_flip_changes_the_energy_by_minus_net_times_the_change(rule: str, coding: str) -> None:
    patterns, cues = data()
    theta = np.random.default_rng(1).standard_normal(N)
    with warnings.catch_warnings(action="ignore"):
        memory = AssociativeMemory(rule, threshold=theta).fit(coded(patterns, coding))
    W, y = memory.weights_.toarray(), coded(cues, coding)[0].astype(float)
    low = 0 if coding == "binary" else -1
    assert np.isclose(memory.energy(y), -y @ W @ y / 2 + theta @ y)
    for i in range(0, N, 17):
        new = y.copy()
        new[i] = 1 + low - y[i]
        net = W[i] @ y - theta[i]
        assert np.isclose(memory.energy(new) - memory.energy(y), -net * (new[i] - y[i]))


@pytest.mark.parametrize("coding", ["bipolar", "binary"])
@pytest.mark.parametrize("rule", TWO_VALUED)
def test_lightly_loaded_nets_recall_from_noise_in_every_order(rule: str, coding: str) -> None:
    patterns, cues = data()
    memory = AssociativeMemory(rule).fit(coded(patterns, coding))
    kept = coded(cues, coding)
    for order in ("auto", "async", "fixed", "sync"):
        recall = memory.recall(kept, order=order)  # type: ignore[arg-type]
        assert np.array_equal(recall.state, coded(patterns, coding))
        assert recall.index.tolist() == list(range(P))
        assert not recall.spurious.any()
        assert not recall.negated.any()
        assert recall.converged.all()
        assert np.allclose(recall.overlap, 1)
        assert np.allclose(recall.energy, memory.energy(recall.state))
        if order != "sync":
            assert (np.diff(recall.trace, axis=0) <= 1e-9 * np.abs(recall.trace).max()).all()
    own = memory.recall(coded(patterns, coding))
    assert np.array_equal(own.state, coded(patterns, coding))
    assert (own.n_iter == 1).all()


def test_the_memory_of_zeros_and_ones_needs_its_threshold() -> None:
    patterns, cues = data(p=8)
    right = AssociativeMemory("hebb").fit(coded(patterns, "binary"))
    with pytest.warns(CapacityWarning, match="thresholds may be at fault"):
        bare = AssociativeMemory("hebb", threshold=0.0).fit(coded(patterns, "binary"))
    given = coded(cues, "binary")
    assert right.score(given, coded(patterns, "binary")) == 1
    assert bare.score(given, coded(patterns, "binary")) < 0.7


def test_a_tie_keeps_the_state_or_goes_up() -> None:
    pair = [[1, 1, 1], [1, 1, -1]]
    cues = np.array([[1, 1, -1], [1, 1, 1], [-1, 1, -1]])
    with warnings.catch_warnings(action="ignore"):
        keep = AssociativeMemory("hebb").fit(pair)
        plus = AssociativeMemory("hebb", ties="plus").fit(pair)
    assert not keep.weights_.toarray()[2].any()
    for order in ("fixed", "sync"):
        kept, up = (m.recall(cues, order=order).state for m in (keep, plus))  # type: ignore[arg-type]
        assert np.array_equal(kept[:, 2], cues[:, 2])
        assert (up[:, 2] == 1).all()


def test_external_input_persists() -> None:
    patterns, _ = data()
    memory = AssociativeMemory("hebb", normalize=True).fit(patterns)
    cue = -patterns[0]
    assert memory.recall(cue).negated
    pushed = memory.recall(cue, external=5.0 * patterns[1])
    assert (pushed.index, pushed.overlap) == (1, 1.0)
    held = memory.recall(np.vstack([cue, patterns[2]]), external="cue")
    assert held.negated.tolist() == [True, False]
    x = np.vstack([5.0 * patterns[3], 5.0 * patterns[4]])
    assert memory.recall(np.vstack([cue, cue]), external=x).index.tolist() == [3, 4]


def test_the_negation_is_recalled_as_such() -> None:
    patterns, _ = data()
    recall = AssociativeMemory("projection").fit(patterns).recall(-patterns[3])
    assert (recall.index, recall.overlap, recall.negated, recall.spurious) == (3, -1.0, True, False)
    assert recall.distance == N


def test_synchronous_cycles_are_told_and_finished_one_by_one() -> None:
    with warnings.catch_warnings(action="ignore"):
        memory = AssociativeMemory("hebb").fit([[1, -1]])
    recall = memory.recall([1, 1], order="sync")
    assert recall.cycled
    assert recall.converged
    assert recall.state.tolist() in ([1, -1], [-1, 1])
    rng = np.random.default_rng(0)
    memory = AssociativeMemory("projection").fit(data(p=40)[0])
    recall = memory.recall(rng.choice([-1, 1], (200, N)), order="sync")
    assert recall.cycled.mean() > 0.1
    assert recall.status is Status.CONVERGED
    flips = memory._base().flip(recall.state, -2 * recall.state)
    assert (flips >= -1e-9).all()


@pytest.mark.parametrize("coding", ["bipolar", "binary"])
@pytest.mark.parametrize("rule", [*TWO_VALUED, "covariance"])
@settings(max_examples=6)
@given(seed=seeds, load=st.sampled_from([0.1, 0.5, 1.2]))
def test_by_default_the_energy_never_rises_and_nothing_cycles(
    rule: str, coding: str, seed: int, load: float
) -> None:
    n = 30
    stored = coded(data(seed, n, max(1, round(load * n)))[0], coding)
    with warnings.catch_warnings(action="ignore"):
        memory = AssociativeMemory(rule).fit(stored)
    starts = np.random.default_rng(seed).choice(np.unique(stored), (12, n))
    recall = memory.recall(starts)
    size = np.abs(recall.trace).max()
    assert (np.diff(recall.trace, axis=0) <= 1e-9 * size).all()
    assert recall.status is Status.CONVERGED
    assert recall.converged.all()
    assert not recall.cycled.any()
    if rule in (*PAIRWISE, "covariance"):
        low, high = (0, 1) if memory.coding_ == "binary" else (-1, 1)
        flips = memory._base().flip(recall.state, low + high - 2 * recall.state)
        assert (flips >= -1e-9 * size).all()
        guarded = memory.recall(starts, order="guarded")
        assert np.array_equal(recall.state, guarded.state)
    else:
        assert np.array_equal(recall.state, memory.recall(starts, order="majorize").state)


def test_an_array_is_used_where_it_is_smaller() -> None:
    patterns, _ = data(p=60)
    dense = AssociativeMemory("projection").fit(patterns)
    low = AssociativeMemory("projection").fit(patterns[:20])
    assert dense.weights_.nbytes == 8 * N * N
    assert low.weights_.nbytes < 8 * N * (20 + 3)
