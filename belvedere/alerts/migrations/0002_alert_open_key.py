from django.db import migrations, models


def give_keys(apps, _schema_editor):
    """To the alerts that are open; of several about one subject (older versions kept out only those of rules) the newest."""
    alerts = apps.get_model("alerts", "Alert").objects
    taken = set()
    for alert in alerts.exclude(state="resolved").order_by("-id").only("id", "site_id", "rule_id", "subject"):
        owner = f"site:{alert.site_id}" if alert.rule_id is None else f"rule:{alert.rule_id}"
        key = f"{owner}/{alert.subject}"
        if key not in taken:
            taken.add(key)
            alerts.filter(pk=alert.pk).update(open_key=key)


class Migration(migrations.Migration):

    dependencies = [
        ('alerts', '0001_initial'),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name='alert',
            name='one_open_alert_a_rule',
        ),
        migrations.AddField(
            model_name='alert',
            name='open_key',
            field=models.CharField(max_length=140, null=True, unique=True),
        ),
        migrations.RunPython(give_keys, migrations.RunPython.noop),
        migrations.AlterField(
            model_name='alertevent',
            name='kind',
            field=models.CharField(choices=[('opened', 'Opened'), ('acknowledged', 'Acknowledged'), ('resolved', 'Resolved'), ('commented', 'Commented')], max_length=12),
        ),
    ]
