from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("cameras", "0003_camera_ever_live")]

    operations = [
        migrations.AddField(
            "camera", "sub_url", models.CharField(blank=True, default="", max_length=2048), preserve_default=False
        ),
        migrations.AddField(
            "camera", "sub_url_encrypted", models.TextField(blank=True, default=""), preserve_default=False
        ),
    ]
