"""The command ``hopopt``: its words, its text, its reports."""

from __future__ import annotations

__all__: list[str] = []
