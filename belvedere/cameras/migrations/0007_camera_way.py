from django.db import migrations, models

WAYS = [("pull", "Pull"), ("server_pull", "Server Pull"), ("push", "Push")]


class Migration(migrations.Migration):
    dependencies = [("cameras", "0006_cameraselection")]

    operations = [
        migrations.AddField("camera", "way", models.CharField(choices=WAYS, default="pull", max_length=12)),
        migrations.AddField(
            "camera",
            "publish_digest",
            models.CharField(blank=True, default="", max_length=64),
            preserve_default=False,
        ),
    ]
