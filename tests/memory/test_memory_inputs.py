"""What people bring: labels, images, unknown units, real values, several threads."""

from __future__ import annotations

import copy
import threading
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from hopopt import AssociativeMemory
from hopopt.core.lagrangian import Array
from hopopt.memory import CapacityWarning
from hopopt.memory.sharing import Turns

N, P = 64, 4
ALL = ("hebb", "covariance", "storkey", "projection", "perceptron", "polynomial", "exponential")


def patterns(seed: int = 0, count: int = P, width: int = N) -> Array:
    return np.random.default_rng([seed, 5]).choice([-1, 1], (count, width))


def noisy(X: Array, flips: int = 4, seed: int = 0) -> Array:
    out, rng = X.copy(), np.random.default_rng(seed)
    for row in out:
        row[rng.permutation(len(row))[:flips]] *= -1
    return out


# One meaning of y


def test_labels_are_predicted_and_scored(tmp_path: Path) -> None:
    X, names = patterns(), np.array(["b", "a", "b", "c"])
    memory = AssociativeMemory("projection").fit(X, names)
    cues = noisy(X)
    assert memory.predict(cues).tolist() == names.tolist()
    assert memory.score(cues, names) == 1
    assert memory.score(cues, ["b", "b", "b", "b"]) == 0.5
    assert np.array_equal(memory.transform(cues), X)
    assert np.array_equal(memory.fit_transform(X, names), X)
    more = patterns(1, 2)
    memory.partial_fit(more, ["d", "e"]).partial_fit(patterns(2, 1)[0], "f").forget([1, 4])
    assert memory.labels_.tolist() == ["b", "b", "c", "e", "f"]
    assert memory.predict(more[1:]).tolist() == ["e"]
    memory.save(tmp_path / "m.npz")
    again = AssociativeMemory.load(tmp_path / "m.npz")
    assert again.predict(more[1:]).tolist() == ["e"]


def test_without_y_the_patterns_themselves_are_predicted() -> None:
    X = patterns()
    memory = AssociativeMemory("projection").fit(X)
    cues = noisy(X)
    assert np.array_equal(memory.predict(cues), X)
    assert memory.score(cues, X) == 1
    assert memory.score(cues) == 0
    assert memory.score(X) == 1
    assert not hasattr(memory, "labels_")


def test_the_cleaned_side_of_a_pair_is_transformed() -> None:
    X, Y = patterns(), patterns(3, P, 20)
    memory = AssociativeMemory("exponential").fit(X, Y)
    cues = noisy(X)
    assert np.array_equal(memory.transform(cues), X)
    assert np.array_equal(memory.predict(cues), Y)
    assert memory.score(X, Y) == 1


@pytest.mark.parametrize(
    ("call", "says"),
    [
        (lambda m, X: m.score(X, [1, 2]), r"y must be labels, shape \(4,\); got \(2,\)"),
        (lambda m, X: m.score(X, X), r"y must be labels, shape \(4,\)"),
        (lambda m, X: m.score(X), "y must be labels"),
        (lambda m, X: m.partial_fit(X), "y must be given, as to fit"),
        (lambda m, X: m.partial_fit(X, X), "y must be labels, or other sides, as to fit"),
        (lambda m, X: m.partial_fit(X, [1]), "y must have as many rows as X, 4; got 1"),
        (lambda m, X: m.predict(X[0]), "Reshape your data"),
        (lambda m, X: m.recall(10**400), "cues must be a rectangular array of numbers"),
        (lambda m, X: m.fit([[10**400]]), "X must be a rectangular array of numbers"),
        (lambda m, X: m.fit(X, [[1], [1, 2]]), "y must be a rectangular array"),
        (lambda m, X: m.fit(X, 1), "y must have as many rows as X, 4; got a single value"),
        (lambda m, X: m.partial_fit([[1], [1, 2]]), "X must be a rectangular array"),
        (lambda m, X: m.predict([[1], [1, 2]]), "X must be a rectangular array"),
        (lambda m, X: m.score(X, [[1], [1, 2]]), "y must be a rectangular array"),
        (lambda m, X: m.forget([[1], [1, 2]]), "indices must be a rectangular array"),
        (
            lambda m, X: m.transform(X[:, :3]),
            "X has 3 features, but AssociativeMemory is expecting",
        ),
        (lambda m, X: AssociativeMemory("projection").fit(X).score(X, X[0]), "y must have shape"),
        (lambda m, X: AssociativeMemory("projection").fit(X).score(X, 3 * X), "y must be bipolar"),
        (lambda m, X: AssociativeMemory("projection").fit(X, X).score(X), "y must be given after"),
    ],
)
def test_what_does_not_fit_is_refused(call: Any, says: str) -> None:
    X = patterns()
    memory = AssociativeMemory("projection").fit(X, np.arange(P))
    with pytest.raises(ValueError, match=says):
        call(memory, X)


# Unknown units, images


@pytest.mark.parametrize("rule", [*ALL, "lse"])
def test_nan_and_masked_entries_are_unknown(rule: str) -> None:
    X = (patterns() + 1) // 2 if rule == "covariance" else patterns()
    with warnings.catch_warnings(action="ignore"):
        memory = AssociativeMemory(rule).fit(X)
    known = np.random.default_rng(1).random(X.shape) < 0.6
    told = memory.recall(np.where(known, X, 0), mask=known)
    holes = np.where(known, X, np.nan)
    masked = np.ma.masked_array(X, ~known)
    half = np.arange(N) < N // 2
    for cues in (holes, masked, np.where(known, X, None)):
        assert np.array_equal(memory.recall(cues).state, told.state)
        both = memory.recall(cues, mask=half)
        assert np.array_equal(both.state, memory.recall(X, mask=known & half).state)
    assert np.array_equal(memory.recall(holes, clamp=True).state[known], X[known])
    assert np.array_equal(memory.predict(holes), memory.recall(holes).state)
    assert np.isnan(holes).any()


def test_images_come_back_as_images() -> None:
    X = patterns().reshape(P, 4, 16)
    memory = AssociativeMemory("projection").fit(X)
    flat = AssociativeMemory("projection").fit(X.reshape(P, N))
    cues = noisy(X.reshape(P, N)).reshape(X.shape)
    recall = memory.recall(cues)
    assert np.array_equal(recall.state, X)
    assert np.array_equal(memory.recall(cues[1]).state, X[1])
    assert np.array_equal(memory.recall(cues.reshape(P, N)).state, X.reshape(P, N))
    assert np.array_equal(memory.recall(cues[1].ravel()).state, X[1].ravel())
    upper = np.zeros((4, 16), dtype=bool)
    upper[:2] = True
    some = memory.recall(cues, mask=upper, clamp=upper, external=0.01 * cues)
    same = {"mask": upper.ravel(), "clamp": upper.ravel()}
    rows = cues.reshape(P, N)
    assert np.array_equal(
        some.state.reshape(P, N), flat.recall(rows, external=0.01 * rows, **same).state
    )
    memory.partial_fit(-X[0]).partial_fit(patterns(4, 2).reshape(2, 4, 16))
    assert memory.patterns_.shape == (P + 3, N)
    pairs = AssociativeMemory("projection").fit(X, patterns(5, P, 12).reshape(P, 3, 4))
    assert pairs.recall(X).state.shape == (P, 3, 4)
    assert pairs.recall(pairs.recall(X).state, given="y").state.shape == X.shape
    with pytest.raises(ValueError, match="cues must have 64 units"):
        flat.recall(cues)


def test_a_blackened_part_gets_a_hint() -> None:
    X = patterns().reshape(P, 8, 8)
    memory = AssociativeMemory("exponential").fit(X)
    for part in (np.s_[:, :4], np.s_[:, 4:], np.s_[:, :, :4], np.s_[:, :, 4:]):
        cues = X.copy()
        cues[part] = -1
        assert "4 of 4 cues have one value over a whole side" in memory.recall(cues).hint
        assert memory.recall(cues[0]).hint.startswith("the cue has one value")
        seen = np.ones(X.shape, dtype=bool)
        seen[part] = False
        assert memory.recall(cues, mask=seen).hint == ""
    assert memory.recall(X).hint == memory.recall(noisy(X.reshape(P, N))).hint == ""
    X[0, :2] = -1
    told = AssociativeMemory("exponential").fit(X)
    assert told.recall(X[0]).hint == ""


@pytest.mark.parametrize("how", ["mean", "median", 0.5])
@pytest.mark.parametrize("rule", [*ALL, "lse"])
def test_real_values_are_binarised_on_request(rule: str, how: Any) -> None:
    rng = np.random.default_rng(0)
    X = rng.random((P, N))
    with warnings.catch_warnings(action="ignore"):
        memory = AssociativeMemory(rule, binarize=how).fit(X)
    assert memory.coding_ == ("real" if rule == "lse" else "bipolar")
    cues = X + rng.normal(0, 0.02, X.shape)
    assert memory.score(X + 0.0, X) == 1
    assert memory.recall(cues).index.tolist() == list(range(P))
    holes = np.where(rng.random(X.shape) < 0.2, np.nan, cues)
    assert memory.recall(holes).index.tolist() == list(range(P))


def test_what_cannot_be_binarised_is_refused() -> None:
    with pytest.raises(ValueError, match="binarize must be a number, 'mean' or 'median'"):
        AssociativeMemory("hebb", binarize="mode").fit([[0.1, 0.9]])  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="got real ones: use rule='lse', or binarize="):
        AssociativeMemory("hebb").fit([[0.1, 0.9]])


# What a memory knows of itself


def digits() -> Array:
    """Alike patterns, as images of digits are: two in three units are off in all of them."""
    X = patterns(7, 20, 600)
    X[:, :400] = -1
    return X


@pytest.mark.parametrize("rule", ["hebb", "storkey", "polynomial"])
def test_patterns_that_are_too_much_alike_are_warned_of(rule: str) -> None:
    with pytest.warns(CapacityWarning, match=f"rule '{rule}'"):
        memory = AssociativeMemory(rule).fit(digits())
    assert not memory.learned_


def test_rules_that_cope_say_nothing() -> None:
    for rule in ("projection", "perceptron", "exponential", "lse"):
        memory = AssociativeMemory(rule).fit(digits())
        assert memory.learned_
        assert np.abs(memory.recall(digits()).state - digits()).max() < 1e-3


def test_a_perceptron_that_has_not_learned_says_so() -> None:
    with pytest.warns(CapacityWarning, match="patterns do not recall themselves, of those tried"):
        memory = AssociativeMemory("perceptron").fit(patterns(0, 200, 50))
    assert not memory.learned_


def test_a_blunt_beta_is_warned_of() -> None:
    X = np.random.default_rng(0).random((20, 30))
    with pytest.warns(CapacityWarning, match="'lse' holds more, .* raise beta"):
        AssociativeMemory("lse", beta=0.1).fit(X)
    with pytest.warns(CapacityWarning, match="'exponential' holds more, .* raise beta"):
        AssociativeMemory("exponential", beta=1e-3).fit(patterns(0, 20))


def test_what_learning_set_is_public() -> None:
    X = patterns()
    hebb, bits = AssociativeMemory("hebb").fit(X), (X + 1) // 2
    assert np.array_equal(hebb.threshold_, np.zeros(N))
    theta = AssociativeMemory("hebb").fit(bits).threshold_
    assert np.allclose(theta, hebb.weights_.toarray().sum(1) / 2)
    assert np.array_equal(AssociativeMemory("hebb", threshold=0.1).fit(X).threshold_, [0.1] * N)
    assert np.array_equal(AssociativeMemory("exponential").fit(X).threshold_, np.zeros(N))
    assert AssociativeMemory("exponential", beta=0.5).fit(X).beta_ == 0.5
    assert AssociativeMemory("lse").fit(X).beta_ > 0
    assert not hasattr(hebb, "beta_")


# Threads


def test_threads_that_learn_and_recall_lose_nothing() -> None:
    Y = patterns(0, 60, 200)
    memory, failed = AssociativeMemory("projection").fit(Y[:10]), list[Exception]()

    def attempt(call: Any) -> None:
        try:
            call()
        except Exception as error:  # whatever a thread may raise is looked at below
            failed.append(error)

    def learn(k: int) -> None:
        attempt(lambda: memory.partial_fit(Y[k]))

    def ask() -> None:
        attempt(lambda: memory.recall(Y[:10]))

    threads = [threading.Thread(target=learn, args=(k,)) for k in range(10, 60)]
    threads += [threading.Thread(target=ask) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failed
    assert {row.tobytes() for row in memory.patterns_} == {
        row.astype(memory.patterns_.dtype).tobytes() for row in Y
    }
    assert np.array_equal(memory.recall(Y).state, Y)
    twin = copy.deepcopy(memory)
    assert np.array_equal(twin.recall(Y).state, Y)


def test_one_writes_alone_and_many_read() -> None:
    turns, order = Turns(), list[str]()

    def write() -> None:
        with turns.writing():
            order.append("write")

    writer = threading.Thread(target=write)
    with turns.reading():
        writer.start()
        with turns.reading():
            writer.join(0.05)
            order.append("read")
    writer.join()
    assert order == ["read", "write"]


def test_a_caller_without_a_name_is_warned() -> None:
    """Code that is run by exec, as notebooks and galleries do, may have no ``__name__``."""
    with pytest.warns(CapacityWarning) as told:
        exec("memory.fit(X)", {"memory": AssociativeMemory("hebb"), "X": patterns(count=40)})
    assert told[0].filename == "<string>"
