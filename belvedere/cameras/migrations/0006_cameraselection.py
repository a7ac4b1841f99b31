import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("cameras", "0005_rtsptoken")]

    operations = [
        migrations.CreateModel(
            name="CameraSelection",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("cameras", models.ManyToManyField(related_name="+", to="cameras.camera")),
                (
                    "membership",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="camera_selection",
                        to="accounts.membership",
                    ),
                ),
            ],
        ),
    ]
