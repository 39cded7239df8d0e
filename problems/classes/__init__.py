"""Problems that put each of many things into one of a few classes."""

from __future__ import annotations

__all__: list[str] = []
