"""Side-by-side benchmarks: each figure beside a named peer, measured in the same run. `python -m bench --help`."""
