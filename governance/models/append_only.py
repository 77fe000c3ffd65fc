"""Rows that are written once: the same guard as in the directory."""

from network.models.append_only import AppendOnly, AppendOnlyQuerySet

__all__ = ["AppendOnly", "AppendOnlyQuerySet"]
