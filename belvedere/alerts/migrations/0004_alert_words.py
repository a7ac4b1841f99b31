from django.db import migrations, models

from belvedere.devices.names import make_name

AT_ONCE = 1000


def give_words(apps, _schema_editor):
    alerts = apps.get_model("alerts", "Alert").objects
    columns = ("pk", "title", "metric", "device_name", "zone")
    last = 0
    while rows := list(alerts.filter(pk__gt=last).order_by("pk").only(*columns)[:AT_ONCE]):
        for row in rows:
            row.words = make_name("", row.title, row.metric, row.device_name, row.zone).text
        alerts.bulk_update(rows, ["words"])
        last = rows[-1].pk


class Migration(migrations.Migration):

    dependencies = [
        ("alerts", "0003_spans_silences"),
    ]

    operations = [
        migrations.AddField(
            model_name="alert",
            name="words",
            field=models.TextField(blank=True, default=""),
            preserve_default=False,
        ),
        migrations.RunPython(give_words, migrations.RunPython.noop),
    ]
