import belvedere.devices.models
from django.db import migrations, models
from django.db.models import F


def use_the_id(apps, schema_editor):
    """What readings.db holds of the devices that there are is kept under their ids."""
    apps.get_model("devices", "Device").objects.update(data_key=F("id"))


class Migration(migrations.Migration):

    dependencies = [
        ("devices", "0001_initial"),
    ]

    operations = [
        migrations.AddField(
            model_name="device",
            name="data_key",
            field=models.CharField(default="", editable=False, max_length=64),
        ),
        migrations.RunPython(use_the_id, migrations.RunPython.noop),
        migrations.AlterField(
            model_name="device",
            name="data_key",
            field=models.CharField(
                default=belvedere.devices.models.new_data_key, editable=False, max_length=64, unique=True
            ),
        ),
    ]
