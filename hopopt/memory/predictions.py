"""What scikit-learn asks of an estimator: predict, transform, score."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from hopopt.core.lagrangian import Array
from hopopt.core.matrices import real
from hopopt.memory.coding import check_coding, rounded, two_valued
from hopopt.memory.cues import check_width, rectangular
from hopopt.memory.dynamics import Dynamics
from hopopt.memory.recall import Recall
from hopopt.memory.recalling import Recalling
from hopopt.memory.sharing import reads
from hopopt.memory.store import RIGHT


class Predictions(Recalling):
    """A memory whose recalls answer y.

    After ``fit(X)``, y is X itself; after ``fit(X, y)`` it is the labels or the other sides.

    Examples
    --------
    Which rule, and how sharp? Three of four noisy digits are learned with their labels. A search
    tries memories that are too weak, too: their warnings say nothing new.

    >>> import warnings
    >>> from hopopt.memory import AssociativeMemory, CapacityWarning
    >>> from sklearn.datasets import load_digits
    >>> from sklearn.model_selection import GridSearchCV, train_test_split
    >>> from sklearn.pipeline import make_pipeline
    >>> from sklearn.preprocessing import MinMaxScaler
    >>> X, y = load_digits(return_X_y=True)
    >>> X = X + np.random.default_rng(0).normal(0, 2, X.shape)
    >>> learned, asked, names, truth = train_test_split(X, y, random_state=0)
    >>> line = make_pipeline(MinMaxScaler(), AssociativeMemory(binarize="mean"))
    >>> rule, beta, degree = (f"associativememory__{name}" for name in ("rule", "beta", "degree"))
    >>> grid = [{rule: ["lse"], beta: [1, 100]}, {rule: ["polynomial"], degree: [4, 20]}]
    >>> with warnings.catch_warnings():
    ...     warnings.simplefilter("ignore", CapacityWarning)
    ...     search = GridSearchCV(line, grid, cv=3).fit(learned, names)
    >>> search.best_params_[rule], search.best_params_[beta]
    ('lse', 100)
    >>> bool(search.score(asked, truth) > 0.95)
    True
    """

    @reads
    def predict(self, X: ArrayLike) -> Array:
        """Return what was learned for the patterns that cues, shape (B, N), recall.

        The labels after fit(X, y) with labels, the other sides after fit(X, y) with patterns, and
        else the patterns themselves, as recalled.
        """
        recall = self._plainly(X, itself=False)
        return recall.state if self._labels is None else self._labels[recall.index]

    @reads
    def transform(self, X: ArrayLike) -> Array:
        """Return cues, shape (B, N), cleaned: the states recalled from them."""
        return self._plainly(X, itself=True).state

    def _plainly(self, X: ArrayLike, itself: bool) -> Recall:
        """Recall a batch as `recall` does by default: the other side where there is one, or X."""
        self._check_fitted()
        self._check_names(X)
        shape = rectangular(X, "X").shape
        if len(shape) < 2:
            raise ValueError(
                f"X must have shape (B, {self.n_features_in_}); got {shape}. "
                "Reshape your data with reshape(1, -1) if it is one cue"
            )
        if len(shape) == 2:
            check_width(shape[1], self.n_features_in_, "X")
        side, asked = self._sides("X")
        asked = side if itself else asked
        dynamics = Dynamics.of(self.coding_, "auto", 0.0, 100, 0)
        told = self._told(X, None, "X")
        return self._recalled(dynamics, told, None, side, asked, side != asked)

    def score(self, X: ArrayLike, y: ArrayLike | None = None) -> float:
        """Return the share of cues for which `predict` gives y exactly.

        Parameters
        ----------
        X : array_like, shape (B, N)
        y : array_like, shape (B,) or (B, M), optional
            Labels, other sides, or the patterns meant; by default the cues themselves.
        """
        answers = self.predict(X)
        if self._labels is not None:
            labels = rectangular(y, "y")
            if labels.shape != answers.shape:
                raise ValueError(f"y must be labels, shape {answers.shape}; got {labels.shape}")
            return float((answers == labels).mean())
        if y is None and self._split is not None:
            raise ValueError("y must be given after fit(X, y)")
        truth = real(X if y is None else y, "y")
        if truth.shape != answers.shape:
            raise ValueError(f"y must have shape {answers.shape}; got {truth.shape}")
        truth, states = truth.reshape(len(truth), -1), answers.reshape(len(answers), -1)
        if self._binarize is not None:
            truth = two_valued(truth, self._binarize, self.coding_, "binarize")
        check_coding(truth, self.coding_, "y")
        error = np.abs(rounded(states, self.coding_) - truth).max(-1)
        return float((error < RIGHT).mean())

    def replay(self, cue: ArrayLike, steps: int, **options: Any) -> Array:
        """Recall a sequence: each state recalls the next, shape (steps + 1, N), the cue first.

        Needs ``fit(sequence[:-1], sequence[1:])``; options go to `recall`.

        Examples
        --------
        >>> from hopopt import AssociativeMemory
        >>> song = np.random.default_rng(0).choice([-1, 1], (5, 60))
        >>> memory = AssociativeMemory("projection").fit(song[:-1], song[1:])
        >>> bool((memory.replay(song[0], 4) == song).all())
        True
        """
        self._check_fitted()
        if self._split is None or 2 * self._split != self._store.width:
            raise ValueError("replay needs fit(X, y) with X and y of one width")
        states = [real(cue, "cue")]
        for _ in range(steps):
            states.append(rounded(self.recall(states[-1], **options).state, self.coding_))
        return np.array(states)
