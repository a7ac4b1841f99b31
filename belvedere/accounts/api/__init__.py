"""Accounts over REST: entry.py lets people in, sites.py says who may do what where."""
