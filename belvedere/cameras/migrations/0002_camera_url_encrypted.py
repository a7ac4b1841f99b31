from __future__ import annotations

from django.apps.registry import Apps
from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

from belvedere.accounts.secrets import encrypt
from belvedere.cameras.masks import mask_url


def mask_stored(apps: Apps, _schema: BaseDatabaseSchemaEditor) -> None:
    """Addresses that were stored with a log-in in the clear."""
    for camera in apps.get_model("cameras", "Camera").objects.all():
        shown = mask_url(camera.url)
        if shown != camera.url:
            camera.url_encrypted, camera.url = encrypt(camera.url), shown
            camera.save(update_fields=["url", "url_encrypted"])


class Migration(migrations.Migration):
    dependencies = [("cameras", "0001_initial")]

    operations = [
        migrations.AddField("camera", "url_encrypted", models.TextField(blank=True, default=""), preserve_default=False),
        migrations.RunPython(mask_stored, migrations.RunPython.noop),
    ]
