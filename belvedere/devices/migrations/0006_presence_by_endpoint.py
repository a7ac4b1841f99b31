from django.db import migrations, models


def make_the_counter(apps, schema_editor):
    """The first two writers at once would otherwise both make it, and one of them would be told of a deadlock."""
    apps.get_model('devices', 'PresenceNumber').objects.create(pk=0)


class Migration(migrations.Migration):

    dependencies = [
        ('devices', '0005_retired_devices_and_words_of_series'),
    ]

    operations = [
        migrations.CreateModel(
            name='PresenceEndpoint',
            fields=[
                ('name', models.CharField(max_length=32, primary_key=True, serialize=False)),
                ('beat', models.PositiveBigIntegerField(default=0)),
            ],
        ),
        migrations.CreateModel(
            name='PresenceNumber',
            fields=[
                ('site_id', models.BigIntegerField(primary_key=True, serialize=False)),
                ('n', models.PositiveBigIntegerField(default=0)),
            ],
        ),
        migrations.CreateModel(
            name='DevicePresence',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('device_key', models.CharField(max_length=64)),
                ('endpoint', models.CharField(db_index=True, max_length=32)),
                ('online', models.BooleanField()),
                ('last_seen_ms', models.BigIntegerField(null=True)),
                ('clock_skew_ms', models.BigIntegerField(null=True)),
                ('protocol', models.CharField(blank=True, max_length=20)),
                ('n', models.PositiveBigIntegerField(db_index=True)),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('device_key', 'endpoint'), name='one_presence_an_endpoint')],
            },
        ),
        migrations.RunPython(make_the_counter, migrations.RunPython.noop),
    ]
