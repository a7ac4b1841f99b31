"""What other apps must do in the transaction of an account's change. What they may do after it: registry/log.py."""

from __future__ import annotations

from django.dispatch import Signal

# Sent inside the transaction that makes a site, with `site`: listeners add what every new site begins with.
site_created = Signal()
