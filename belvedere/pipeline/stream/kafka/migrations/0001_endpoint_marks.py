from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True
    dependencies = []
    operations = [
        migrations.CreateModel(
            name="EndpointMark",
            fields=[
                ("endpoint", models.CharField(max_length=64, primary_key=True, serialize=False)),
                ("heard_since_ms", models.BigIntegerField()),
                ("low_ms", models.BigIntegerField()),
                ("written_at", models.BigIntegerField()),
            ],
        ),
    ]
