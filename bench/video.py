"""Video: age of the picture, first picture, cost. Measured in glass.py and turns.py, which need Django set up."""

from __future__ import annotations

import os
from importlib import import_module

import django

from bench.options import Options
from bench.report import Row


def run(options: Options) -> list[Row]:
    """The gateway in turns with MediaMTX; then by itself, and its HLS."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "belvedere.config.settings.test")
    django.setup()
    turns: list[Row] = import_module("bench.turns").measure(options)
    alone: list[Row] = import_module("bench.glass").measure(options)
    return [*turns, *alone]
