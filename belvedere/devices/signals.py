"""What other apps may want to know about devices. It is sent after the commit."""

from __future__ import annotations

from django.dispatch import Signal

# With `device_id`: made, renamed, credential rotated or revoked, deleted.
device_changed = Signal()
