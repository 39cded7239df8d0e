"""Problems of two-valued variables."""

from __future__ import annotations

__all__: list[str] = []
