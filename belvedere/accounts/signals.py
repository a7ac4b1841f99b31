"""What other apps may want to know about accounts."""

from __future__ import annotations

from django.dispatch import Signal

# Sent inside the transaction that makes a site, with `site`: listeners add what every new site begins with.
site_created = Signal()

# Sent after the commit of whatever may take rights away or give some, with `user_id`.
rights_changed = Signal()
