from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('devices', '0004_deletedseries'),
    ]

    operations = [
        migrations.AddField(
            model_name='device',
            name='retired_at',
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name='series',
            name='decimals',
            field=models.PositiveSmallIntegerField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name='series',
            name='off_word',
            field=models.CharField(blank=True, default='', max_length=24),
        ),
        migrations.AddField(
            model_name='series',
            name='on_word',
            field=models.CharField(blank=True, default='', max_length=24),
        ),
    ]
