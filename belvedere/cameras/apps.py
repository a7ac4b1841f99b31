from django.apps import AppConfig


class CamerasConfig(AppConfig):
    name = "belvedere.cameras"
    default_auto_field = "django.db.models.BigAutoField"
