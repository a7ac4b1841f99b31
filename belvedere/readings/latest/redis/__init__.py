"""Latest values in Redis: workers write them (writer.py), and each web process keeps a copy of all (replica.py)."""
