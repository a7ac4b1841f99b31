from django.db import migrations, models

READY = {
    "temperature_high": "Nhiệt độ cao",
    "motion": "Có chuyển động",
    "smoke": "Có khói",
    "water_leak": "Rò nước",
}


def give_codes(apps, _schema_editor):
    """To the ready rules that nobody has renamed."""
    rules = apps.get_model("rules", "Rule").objects
    for code, name in READY.items():
        rules.filter(template=code, name=name).update(name_code=code)


class Migration(migrations.Migration):

    dependencies = [
        ("rules", "0002_schedules"),
    ]

    operations = [
        migrations.AddField(
            model_name="rule",
            name="name_code",
            field=models.CharField(blank=True, default="", max_length=40),
        ),
        migrations.RunPython(give_codes, migrations.RunPython.noop),
    ]
