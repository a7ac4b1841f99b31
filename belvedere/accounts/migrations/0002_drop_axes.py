"""Guesses are counted in memory now; what django-axes kept of them, among it names as they were typed, goes."""

from __future__ import annotations

from typing import ClassVar

from django.db import migrations

TABLES = ("axes_accessattemptexpiration", "axes_accessattempt", "axes_accessfailurelog", "axes_accesslog")


class Migration(migrations.Migration):
    dependencies: ClassVar = [("accounts", "0001_initial")]
    operations: ClassVar = [
        migrations.RunSQL(
            [*(f"DROP TABLE IF EXISTS {table}" for table in TABLES), "DELETE FROM django_migrations WHERE app = 'axes'"],
            migrations.RunSQL.noop,
        )
    ]
