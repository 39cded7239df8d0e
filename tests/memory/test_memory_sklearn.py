"""scikit-learn's contract, where scikit-learn is installed."""

from __future__ import annotations

import pickle
from typing import Any

import numpy as np
import pytest

from hopopt import AssociativeMemory
from hopopt.memory import RULES

sklearn = pytest.importorskip("sklearn", reason="scikit-learn is not installed")
from sklearn.base import clone, is_classifier  # noqa: E402
from sklearn.exceptions import NotFittedError  # noqa: E402
from sklearn.pipeline import make_pipeline  # noqa: E402
from sklearn.utils import estimator_checks, get_tags  # noqa: E402
from sklearn.utils.validation import check_is_fitted  # noqa: E402

N = 40
EXPECTED = {
    "check_estimators_nan_inf": "NaN in a cue is an unknown unit; fit refuses it, and infinities",
}


def estimator(rule: str) -> AssociativeMemory:
    return AssociativeMemory(rule, binarize=None if rule == "lse" else "mean")


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("rule", RULES)
def test_scikit_learns_checks_pass(rule: str) -> None:
    found = estimator_checks.check_estimator(
        estimator(rule), expected_failed_checks=EXPECTED, on_skip=None
    )
    states = [one["status"] for one in found]
    assert states.count("passed") >= 40
    assert states.count("xfail") == len(EXPECTED)


def test_names_of_columns_are_checked() -> None:
    pytest.importorskip("pandas", reason="pandas is not installed")
    check = estimator_checks.check_dataframe_column_names_consistency
    check("AssociativeMemory", AssociativeMemory("lse"))


def test_tags_are_honest() -> None:
    tags = get_tags(AssociativeMemory("lse"))
    assert not is_classifier(AssociativeMemory("lse"))
    assert tags.transformer_tags is not None
    assert not tags.target_tags.required
    assert not tags.input_tags.allow_nan


def test_it_is_cloned_pickled_and_piped() -> None:
    rng = np.random.default_rng(0)
    patterns = rng.choice([-1, 1], (4, N))
    cues = np.where(rng.random(patterns.shape) < 0.1, -patterns, patterns)
    memory = AssociativeMemory("projection", threshold=np.zeros(N))
    twin = clone(memory)
    assert twin is not memory
    assert {**twin.get_params(), "threshold": 0} == {**memory.get_params(), "threshold": 0}
    with pytest.raises(NotFittedError, match="call fit first"):
        memory.predict(cues)
    with pytest.raises(NotFittedError):
        check_is_fitted(memory)
    line = make_pipeline(AssociativeMemory("projection")).fit(patterns)
    assert np.array_equal(line.predict(cues), patterns)
    assert np.array_equal(line.transform(cues), patterns)
    assert line.score(cues, patterns) == 1
    again: Any = pickle.loads(pickle.dumps(line))
    assert np.array_equal(again.predict(cues), patterns)
