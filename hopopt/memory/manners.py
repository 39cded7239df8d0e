"""scikit-learn's manners, without scikit-learn."""

from __future__ import annotations

import inspect
import sys
import warnings
from typing import Any, Self

import numpy as np

from hopopt.core.lagrangian import Array


class NotFittedError(ValueError, AttributeError):
    """Nothing has been learned yet; scikit-learn's own where scikit-learn is loaded."""


class Parameters:
    """Parameters by name, as the constructor has them: what `sklearn.base.clone` needs."""

    @classmethod
    def _names(cls) -> list[str]:
        return list(inspect.signature(cls).parameters)

    def _changed(self) -> list[str]:
        """Return the parameters but the first that are not at their defaults, as written."""
        shown = []
        for name, parameter in list(inspect.signature(type(self)).parameters.items())[1:]:
            value = getattr(self, name)
            if isinstance(value, np.ndarray | list | tuple):
                shown.append(f"{name}=<{len(value)} numbers>")
            elif value != parameter.default:
                shown.append(f"{name}={value!r}")
        return shown

    def get_params(self, deep: bool = True) -> dict[str, Any]:
        """Return the parameters by name."""
        return {name: getattr(self, name) for name in self._names()}

    def set_params(self, **parameters: Any) -> Self:
        """Set parameters by name; they take effect at the next `fit`."""
        for name, value in parameters.items():
            if name not in self._names():
                raise ValueError(f"no parameter {name!r}; there are {', '.join(self._names())}")
            setattr(self, name, value)
        return self

    def __sklearn_tags__(self) -> Any:
        """Return scikit-learn's description of an estimator; only scikit-learn asks for it.

        A transformer with optional labels. It learns no NaN, though cues may have it: an unknown
        unit.
        """
        from sklearn.utils import InputTags, Tags, TargetTags, TransformerTags

        return Tags(
            estimator_type=None,
            target_tags=TargetTags(required=False),
            transformer_tags=TransformerTags(),
            input_tags=InputTags(three_d_array=True),
        )

    def _check_names(self, X: Any) -> None:
        """Refuse columns whose names are not those of the patterns, in their order."""
        known, given = getattr(self, "feature_names_in_", None), names_of(X)
        if known is not None and given is not None and not np.array_equal(known, given):
            raise ValueError(
                "The feature names should match those that were passed during fit.\n"
                + _differences(list(known), list(given))
            )
        if (known is None) == (given is None):
            return
        have, was = "does not have valid", "with"
        if given is not None:
            have, was = "has", "without"
        name = type(self).__name__
        warn_outside(f"X {have} feature names, but {name} was fitted {was} feature names")


def warn_outside(message: str, category: type[Warning] = UserWarning) -> None:
    """Warn the caller that is outside of hopopt."""
    level, frame = 1, sys._getframe()
    while frame.f_back is not None and frame.f_globals.get("__name__", "").startswith("hopopt."):
        level, frame = level + 1, frame.f_back
    warnings.warn(message, category, stacklevel=level)


def names_of(X: Any) -> Array | None:
    """Return the names of a table's columns, where all of them are strings."""
    columns = getattr(X, "columns", None)
    if columns is None or not len(columns) or not all(isinstance(c, str) for c in columns):
        return None
    return np.asarray(columns, dtype=object)


def _differences(known: list[str], given: list[str]) -> str:
    """Say how the names differ, in scikit-learn's words."""
    unseen, missing = sorted(set(given) - set(known)), sorted(set(known) - set(given))
    lines = []
    if unseen:
        lines += ["Feature names unseen at fit time:", *(f"- {name}" for name in unseen[:5])]
    if missing:
        lines += ["Feature names seen at fit time, yet now missing:"]
        lines += [f"- {name}" for name in missing[:5]]
    if not lines:
        lines = ["Feature names must be in the same order as they were in fit."]
    return "\n".join(lines) + "\n"


def not_fitted() -> ValueError:
    """Return the error of a memory that has learned nothing."""
    kind = getattr(sys.modules.get("sklearn.exceptions"), "NotFittedError", NotFittedError)
    error: ValueError = kind("the memory is empty: call fit first")
    return error
