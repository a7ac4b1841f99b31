"""Signals of the alerts app."""

from __future__ import annotations

from django.dispatch import Signal

# Sent after the commit of new log entries, with frames= (live.port.Frame, in order of seq): the hub pushes them.
# Comes from whichever thread committed.
entries_logged = Signal()
