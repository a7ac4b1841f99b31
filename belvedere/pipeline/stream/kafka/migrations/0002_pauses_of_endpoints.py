from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("kafka_stream", "0001_endpoint_marks")]
    operations = [
        migrations.AddField(
            model_name="endpointmark",
            name="began_ms",
            field=models.BigIntegerField(default=0, db_default=0),
        ),
        migrations.AddField(
            model_name="endpointmark",
            name="before_ms",
            field=models.BigIntegerField(default=0, db_default=0),
        ),
    ]
