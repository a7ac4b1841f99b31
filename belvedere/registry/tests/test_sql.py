"""Plain SQL beside the ORM."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.db import connection

from belvedere.registry.models import RegistryChange
from belvedere.registry.sql import checkpoint


@pytest.mark.skipif(connection.vendor != "sqlite", reason="SQLite has such a log")
@pytest.mark.django_db(transaction=True)
def test_a_checkpoint_brings_what_is_committed_into_the_file() -> None:
    file, name = Path(connection.settings_dict["NAME"]), "brought-by-a-checkpoint"
    RegistryChange.objects.create(n=1, kind="site", key=name, at_ms=0)
    assert name.encode() not in file.read_bytes()
    checkpoint()
    assert name.encode() in file.read_bytes()
