"""Signals of cameras, sent after the commit."""

from __future__ import annotations

from django.dispatch import Signal

# With `camera_id`: made, edited, switched on or off, deleted.
camera_changed = Signal()
