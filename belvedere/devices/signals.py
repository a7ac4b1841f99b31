"""What other apps may want to know about devices. Both are sent after the commit."""

from __future__ import annotations

from django.dispatch import Signal

# With `device_id`: made, renamed, credential rotated or revoked, deleted.
device_changed = Signal()

# With `series_id`: name, unit, kind, budget or retention changed.
series_changed = Signal()
