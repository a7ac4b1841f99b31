import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


AT_ONCE = 1000


def give_spans(apps, _schema_editor):
    """When an alert was raised between its first opening and its end was not kept: one span."""
    alerts = apps.get_model("alerts", "Alert").objects
    last = 0
    while rows := list(alerts.filter(pk__gt=last).order_by("pk").only("pk", "opened_ms", "resolved_ms")[:AT_ONCE]):
        for row in rows:
            row.spans = [[row.opened_ms, row.resolved_ms]]
        alerts.bulk_update(rows, ["spans"])
        last = rows[-1].pk


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0005_user_email_key'),
        ('alerts', '0002_alert_open_key'),
        ('devices', '0004_deletedseries'),
        ('rules', '0001_initial'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Silence',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('camera', models.CharField(blank=True, max_length=64)),
                ('from_ms', models.BigIntegerField()),
                ('to_ms', models.BigIntegerField()),
                ('reason', models.CharField(blank=True, max_length=300)),
                ('made_ms', models.BigIntegerField()),
            ],
        ),
        migrations.AddField(
            model_name='alert',
            name='assigned_to',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='alert',
            name='cleared_value',
            field=models.FloatField(null=True),
        ),
        migrations.AddField(
            model_name='alert',
            name='peak_ms',
            field=models.BigIntegerField(null=True),
        ),
        migrations.AddField(
            model_name='alert',
            name='silenced_until_ms',
            field=models.BigIntegerField(null=True),
        ),
        migrations.AddField(
            model_name='alert',
            name='spans',
            field=models.JSONField(default=list),
        ),
        migrations.AddField(
            model_name='alert',
            name='spans_joined',
            field=models.PositiveIntegerField(default=0),
        ),
        migrations.AlterField(
            model_name='alertevent',
            name='kind',
            field=models.CharField(choices=[('opened', 'Opened'), ('acknowledged', 'Acknowledged'), ('resolved', 'Resolved'), ('commented', 'Commented'), ('assigned', 'Assigned'), ('silenced', 'Silenced'), ('unsilenced', 'Unsilenced')], max_length=12),
        ),
        migrations.AddIndex(
            model_name='alert',
            index=models.Index(fields=['site', 'state', 'severity', 'silenced_until_ms'], name='alerts_aler_site_id_f8dd0b_idx'),
        ),
        migrations.AddField(
            model_name='silence',
            name='device',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.CASCADE, related_name='silences', to='devices.device'),
        ),
        migrations.AddField(
            model_name='silence',
            name='ended_by',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='silence',
            name='made_by',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='silence',
            name='rule',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.CASCADE, related_name='silences', to='rules.rule'),
        ),
        migrations.AddField(
            model_name='silence',
            name='series',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.CASCADE, related_name='silences', to='devices.series'),
        ),
        migrations.AddField(
            model_name='silence',
            name='site',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='silences', to='accounts.site'),
        ),
        migrations.AddField(
            model_name='silence',
            name='zone',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.CASCADE, related_name='silences', to='accounts.zone'),
        ),
        migrations.AddIndex(
            model_name='silence',
            index=models.Index(fields=['site', 'to_ms'], name='alerts_sile_site_id_673f66_idx'),
        ),
        migrations.RunPython(give_spans, migrations.RunPython.noop),
    ]
