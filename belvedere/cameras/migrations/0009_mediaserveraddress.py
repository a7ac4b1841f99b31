from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("cameras", "0008_camera_make_sub")]

    operations = [
        migrations.CreateModel(
            name="MediaServerAddress",
            fields=[
                ("id", models.PositiveSmallIntegerField(default=1, primary_key=True, serialize=False)),
                ("media_server", models.CharField(max_length=16)),
                ("rtsp", models.CharField(blank=True, max_length=80)),
            ],
        ),
    ]
