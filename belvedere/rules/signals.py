"""What others may want to know about rules."""

from __future__ import annotations

from django.dispatch import Signal

# Sent after the commit of any change of rules, without arguments, from whichever thread committed; a change of
# several rules sends several. Refresh the RuleBook.
rules_changed = Signal()
