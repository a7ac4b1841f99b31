"""Plain SQL beside the ORM."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.db import connection

from belvedere.accounts.models import Site
from belvedere.registry.sql import checkpoint


@pytest.mark.skipif(connection.vendor != "sqlite", reason="SQLite has such a log")
@pytest.mark.django_db(transaction=True)
def test_a_checkpoint_brings_what_is_committed_into_the_file() -> None:
    file, name = Path(connection.settings_dict["NAME"]), "brought-by-a-checkpoint"
    Site.objects.create(slug="s", name=name, timezone="Asia/Ho_Chi_Minh")
    assert name.encode() not in file.read_bytes()
    checkpoint()
    assert name.encode() in file.read_bytes()
