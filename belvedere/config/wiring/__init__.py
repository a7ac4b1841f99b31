"""The composition root: which adapters a profile uses, who reads the registry's log, and what starts and stops when."""
