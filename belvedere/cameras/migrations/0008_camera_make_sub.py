from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("cameras", "0007_camera_way")]

    operations = [migrations.AddField("camera", "make_sub", models.BooleanField(default=False))]
