"""Labels of variables and nodes: what they must be, and how JSON writes them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Sequence
from typing import Any


def check_labels(labels: Sequence[Hashable] | None, size: int, what: str) -> Sequence[Hashable]:
    """Return labels, 0 … size − 1 by default, or refuse them: one each, all different."""
    if labels is None:
        return range(size)
    if len(labels) != size:
        raise ValueError(f"labels must name all {size} {what}; got {len(labels)}")
    if len(set(labels)) != size:
        twice = next(x for x, count in Counter(labels).items() if count > 1)
        raise ValueError(f"labels must all be different; got {twice!r} more than once")
    return labels


def plain(label: Any) -> int | str:
    """Return a label as JSON can hold it: integers and text as they are, others as text."""
    return label if isinstance(label, int | str) else str(label)
