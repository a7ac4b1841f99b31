from django.db import migrations, models


def give_keys(apps, _schema_editor):
    users = apps.get_model("accounts", "User").objects
    for user in users.exclude(email="").only("id", "email"):
        users.filter(pk=user.pk).update(email_key=user.email.lower())


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0004_invitations'),
    ]

    operations = [
        migrations.AddField(
            model_name='user',
            name='email_key',
            field=models.CharField(blank=True, db_index=True, default='', editable=False, max_length=254),
            preserve_default=False,
        ),
        migrations.RunPython(give_keys, migrations.RunPython.noop),
    ]
