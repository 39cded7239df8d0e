"""scikit-learn's manners, without scikit-learn."""

from __future__ import annotations

import inspect
from typing import Any, Self


class Parameters:
    """Parameters by name, as the constructor has them: what `sklearn.base.clone` needs."""

    @classmethod
    def _names(cls) -> list[str]:
        return list(inspect.signature(cls).parameters)

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
        """Return scikit-learn's description of an estimator; only scikit-learn asks for it."""
        from sklearn.utils import InputTags, Tags, TargetTags

        return Tags(
            estimator_type=None,
            target_tags=TargetTags(required=False),
            input_tags=InputTags(),
        )
