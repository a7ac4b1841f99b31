from django.apps import AppConfig


class DevicesConfig(AppConfig):
    name = "belvedere.devices"
    default_auto_field = "django.db.models.BigAutoField"
