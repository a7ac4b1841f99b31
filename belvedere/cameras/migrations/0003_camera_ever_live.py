from django.db import migrations, models


def mark_known(apps, _schema_editor):
    """Of the cameras that are there nobody knows: an absence is announced as before."""
    apps.get_model("cameras", "Camera").objects.update(ever_live=True)


class Migration(migrations.Migration):

    dependencies = [
        ('cameras', '0002_camera_url_encrypted'),
    ]

    operations = [
        migrations.AddField(
            model_name='camera',
            name='ever_live',
            field=models.BooleanField(default=False),
        ),
        migrations.RunPython(mark_known, migrations.RunPython.noop),
    ]
