"""What the families share: files, labels, graphs, encodings, pictures."""

from __future__ import annotations

__all__: list[str] = []
