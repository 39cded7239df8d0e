"""Recall at a temperature and by continuous units; masks, clamps and pairs."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import pytest
from patterns import TWO_VALUED, N, P, coded, data
from scipy.integrate import RK45

from hopopt import AssociativeMemory, ExponentialEuler, Flow, Majorize, Updates

# Temperature, continuous units


def test_glauber_dynamics_reaches_boltzmanns_distribution() -> None:
    with warnings.catch_warnings(action="ignore"):
        for coding in ("bipolar", "binary"):
            patterns = coded(np.array([[1, 1, -1], [1, -1, -1]]), coding)
            memory = AssociativeMemory("hebb").fit(patterns)
            starts = np.tile(patterns[0], (4000, 1))
            states = memory.recall(starts, temperature=1.5, max_iter=12, rng=3).state
            corners = np.array(np.meshgrid(*[np.unique(patterns)] * 3)).reshape(3, -1).T
            weight = np.exp(-memory.energy(corners.astype(float)) / 1.5)
            share = [(states == corner).all(-1).mean() for corner in corners]
            assert np.allclose(share, weight / weight.sum(), atol=0.03)


@pytest.mark.parametrize("rule", TWO_VALUED)
@pytest.mark.parametrize("coding", ["bipolar", "binary"])
def test_continuous_and_discrete_recall_agree_at_high_gain(rule: str, coding: str) -> None:
    patterns, cues = (coded(x, coding) for x in data(n=60, p=3))
    memory = AssociativeMemory(rule).fit(patterns)
    smooth, sharp = memory.recall(cues, order="continuous"), memory.recall(cues)
    assert np.array_equal(np.where(smooth.state > smooth.state.mean(), 1, 0), sharp.state > 0)
    assert np.array_equal(smooth.index, sharp.index)
    assert not smooth.spurious.any()
    assert smooth.converged.all()


@pytest.mark.parametrize("solver", ["LSODA", "RK45", RK45])
@pytest.mark.parametrize("rule", ["hebb", "exponential"])
def test_the_energy_falls_all_along_the_continuous_recall(rule: str, solver: Any) -> None:
    patterns, cues = data(n=40, p=2)
    flow = Flow(solver, rtol=1e-8, atol=1e-10)
    recall = AssociativeMemory(rule).fit(patterns).recall(cues[0], order=flow)
    assert len(recall.trace) > 5
    fall = recall.trace[0] - recall.trace[-1]
    assert fall > 0
    assert np.diff(recall.trace).max() <= 1e-6 * fall
    assert (recall.index, recall.spurious) == (0, False)


def test_any_motion_of_the_core_recalls() -> None:
    patterns, cues = data(n=60, p=3)
    memory = AssociativeMemory("exponential").fit(patterns)
    for motion in (Updates("fixed"), Majorize(), ExponentialEuler()):
        assert np.array_equal(memory.recall(cues, order=motion).index, [0, 1, 2])


def test_real_values_are_recalled_from_noise_and_from_parts() -> None:
    rng = np.random.default_rng(0)
    patterns = rng.random((30, 64))
    memory = AssociativeMemory("lse").fit(patterns)
    noisy = patterns + rng.normal(0, 0.05, patterns.shape)
    for order in ("auto", "continuous"):
        recall = memory.recall(noisy, order=order)  # type: ignore[arg-type]
        assert np.array_equal(recall.index, np.arange(30))
        assert np.abs(recall.state - patterns).max() < 1e-3
        assert not recall.spurious.any()
        assert (np.diff(recall.trace, axis=0) <= 1e-6).all()
    half = np.arange(64) < 32
    assert memory.recall(np.where(half, patterns, 0.7), mask=half).index.tolist() == list(range(30))
    some = rng.random(patterns.shape) < 0.3
    recall = memory.recall(np.where(some, patterns, np.pi), mask=some)
    assert np.array_equal(recall.index, np.arange(30))
    held = memory.recall(noisy, clamp=half)
    assert np.allclose(held.state[:, half], noisy[:, half])
    assert np.isclose(memory.energy(patterns[0]), memory.recall(patterns[0]).energy)


# Masks, clamps, other sides


@pytest.mark.parametrize("rule", TWO_VALUED)
def test_unknown_units_are_filled_in_and_never_read(rule: str) -> None:
    patterns, _ = data()
    memory = AssociativeMemory(rule).fit(patterns)
    known = np.random.default_rng(1).random(patterns.shape) < 0.6
    for order in ("auto", "sync", "continuous"):
        a = memory.recall(np.where(known, patterns, 0), mask=known, order=order)  # type: ignore[arg-type]
        b = memory.recall(np.where(known, patterns, 99), mask=known, order=order)  # type: ignore[arg-type]
        assert np.array_equal(a.index, range(P))
        assert not a.spurious.any()
        assert np.array_equal(a.state, b.state)


def test_clamped_units_stay_at_their_cue() -> None:
    patterns, cues = data(noise=0.25)
    memory = AssociativeMemory("projection").fit(patterns)
    held = np.arange(N) < 20
    for order in ("async", "sync", "continuous"):
        state = memory.recall(cues, clamp=held, order=order).state  # type: ignore[arg-type]
        assert np.array_equal(state[:, held], cues[:, held])
    everything = memory.recall(cues, clamp=True)
    assert np.array_equal(everything.state, cues)
    each = np.random.default_rng(0).random(cues.shape) < 0.3
    assert (memory.recall(cues, clamp=each).state == cues)[each].all()


@pytest.mark.parametrize("rule", TWO_VALUED)
def test_pairs_are_recalled_from_either_side(rule: str) -> None:
    rng = np.random.default_rng(2)
    X, Y = rng.choice([-1, 1], (4, 60)), rng.choice([-1, 1], (4, 40))
    memory = AssociativeMemory(rule).fit(X, Y)
    assert memory.n_features_in_ == 60
    there, back = memory.recall(X), memory.recall(Y, given="y")
    assert np.array_equal(there.state, Y)
    assert np.array_equal(back.state, X)
    assert there.index.tolist() == back.index.tolist() == [0, 1, 2, 3]
    assert np.array_equal(memory.predict(X), Y)
    assert memory.score(X, Y) == 1
    noisy = X.copy()
    noisy[:, :5] *= -1
    assert np.array_equal(memory.recall(noisy, clamp=False).state, Y)


def test_real_pairs() -> None:
    rng = np.random.default_rng(2)
    X, Y = rng.random((6, 20)), rng.random((6, 7))
    memory = AssociativeMemory("lse").fit(X, Y)
    assert np.abs(memory.recall(X).state - Y).max() < 1e-3
    assert np.abs(memory.recall(Y[2], given="y").state - X[2]).max() < 1e-3


def test_a_sequence_is_replayed() -> None:
    song = np.random.default_rng(3).choice([0, 1], (6, 50))
    memory = AssociativeMemory("exponential").fit(song[:-1], song[1:])
    assert np.array_equal(memory.replay(song[0], 5), song)
    with pytest.raises(ValueError, match="X and y of one width"):
        AssociativeMemory("projection").fit(song).replay(song[0], 3)
