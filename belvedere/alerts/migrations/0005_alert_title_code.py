from django.db import migrations, models
from django.db.models import F, Value
from django.db.models.functions import Concat

# Code: the title that ready rules gave, and the words of the other language, folded, by which they are found as well.
READY = {
    "temperature_high": ("Nhiệt độ cao", " high temperature"),
    "motion": ("Có chuyển động", " motion"),
    "smoke": ("Có khói", " smoke"),
    "water_leak": ("Rò nước", " water leak"),
}


def give_codes(apps, _schema_editor):
    """To alerts of ready rules that nobody had renamed when they were raised. Of a deleted rule nobody knows."""
    alerts = apps.get_model("alerts", "Alert").objects
    for code, (title, words) in READY.items():
        named = alerts.filter(rule__template=code, title=title)
        named.update(title_code=code, words=Concat(F("words"), Value(words)))


class Migration(migrations.Migration):

    dependencies = [
        ("alerts", "0004_alert_words"),
        ("rules", "0001_initial"),
    ]

    operations = [
        migrations.AddField(
            model_name="alert",
            name="title_code",
            field=models.CharField(blank=True, default="", max_length=40),
        ),
        migrations.RunPython(give_codes, migrations.RunPython.noop),
    ]
