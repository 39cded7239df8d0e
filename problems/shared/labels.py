"""Labels of variables and nodes: what they must be, how JSON writes them, permutations of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Iterable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hopopt import Violation
from hopopt.core import listed


def check_labels(labels: Iterable[Hashable] | None, size: int, what: str) -> Sequence[Hashable]:
    """Return labels as a plain list, 0 … size − 1 by default, or refuse them.

    There must be one each, all different. They come in their own order, whatever else indexes
    them: those of a pandas Series are its values from the first to the last. NumPy's numbers and
    text become Python's.
    """
    if labels is None:
        return range(size)
    names = (
        labels
        if isinstance(labels, range)
        else [_python(label) for label in listed(labels, "labels", what)]
    )
    if len(names) != size:
        raise ValueError(f"labels must name all {size} {what}; got {len(names)}")
    for label in names:
        if not isinstance(label, Hashable):
            raise ValueError(f"labels must be hashable; got {label!r}")
    if len(set(names)) != size:
        twice = next(x for x, count in Counter(names).items() if count > 1)
        raise ValueError(f"labels must all be different; got {twice!r} more than once")
    return names


def _python(label: Any) -> Any:
    """Return one of NumPy's numbers or texts as Python's; other labels are what they are."""
    plain = isinstance(label, np.generic) and label.dtype.kind in "biufU"
    return label.item() if plain else label


def number_of(index: Mapping[Hashable, int], name: str, label: Hashable) -> int:
    """Return the number of a city, or refuse its label as an argument's."""
    if label not in index:
        raise ValueError(f"{name} must be one of the problem's cities; got {label!r}")
    return index[label]


def couples(given: Any, name: str) -> list[tuple[Any, Any]]:
    """Return the pairs of labels in a mapping or an iterable, or refuse them by name.

    Examples
    --------
    >>> couples({"a": 1}, "fixed"), couples([("a", 1)], "fixed")
    ([('a', 1)], [('a', 1)])
    """
    found = []
    for pair in listed(given.items() if isinstance(given, Mapping) else given, name, "pairs"):
        whole = isinstance(pair, Iterable) and not isinstance(pair, str | bytes)
        one = tuple(pair) if whole else ()
        if len(one) != 2 or not all(isinstance(label, Hashable) for label in one):
            raise ValueError(f"{name} must hold pairs of labels; got {pair!r}")
        found.append((one[0], one[1]))
    return found


def plain(label: Any) -> int | str:
    """Return a label as JSON can hold it: integers and text as they are, others as text."""
    return label if isinstance(label, int | str) else str(label)


def recalled(labels: Iterable[Hashable], given: Iterable[Any]) -> list[Any]:
    """Return labels that come as they are or as text, as JSON has them; others as they come.

    Examples
    --------
    >>> recalled([(0, 1), "b"], ["(0, 1)", "b", "c"])
    [(0, 1), 'b', 'c']
    """
    known = list(labels)
    names: dict[Any, Any] = {str(label): label for label in known}
    names |= {label: label for label in known}
    return [names.get(label, label) for label in given]


def values_of(labels: Sequence[Hashable], x: Any) -> NDArray[np.float64]:
    """Return the values of all labels, in their order, from an array or a mapping of labels."""
    if isinstance(x, Mapping):
        known = dict(zip(recalled(labels, x), x.values(), strict=True))
        x = [known[label] for label in labels]
    return np.asarray(x, dtype=float)


def broken(index: Mapping[Hashable, int], x: Sequence[Hashable]) -> list[Violation]:
    """Return how a list of labels fails to be a permutation of those in `index`."""
    found = [
        Violation(f"{label!r} is a place", 1, "leave it out") for label in x if label not in index
    ]
    counts = Counter(x)
    for label in index:
        text, excess = f"{label!r} is taken once", counts[label] - 1
        if excess < 0:
            found.append(Violation(text, 1, "give it to one of the others"))
        elif excess:
            found.append(Violation(text, excess, "move all but one of those that take it"))
    return found
