"""What others may want to know about rules."""

from __future__ import annotations

from django.dispatch import Signal

# Sent inside the transaction that changes a rule, with rule= as it is from now on: who keeps rows that hang on
# rules (alerts) brings them in line in the same commit. deleting=True just before the row goes.
rule_changing = Signal()

# Sent after the commit of any change of rules, without arguments: refresh the RuleBook.
rules_changed = Signal()
