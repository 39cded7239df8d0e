"""Motions that equal a core motion by law, and move many replicas at once."""

from __future__ import annotations

__all__: list[str] = []
