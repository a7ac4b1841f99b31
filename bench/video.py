"""Video: age of the picture, first picture, cost. The measuring is in glass.py, which needs Django set up."""

from __future__ import annotations

import os
from importlib import import_module

import django

from bench.options import Options
from bench.report import Row


def run(_options: Options) -> list[Row]:
    """One camera, 1 and 4 viewers."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "belvedere.config.settings.test")
    django.setup()
    rows: list[Row] = import_module("bench.glass").measure()
    return rows
