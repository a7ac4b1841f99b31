from django.apps import AppConfig


class AlertsConfig(AppConfig):
    name = "belvedere.alerts"
    default_auto_field = "django.db.models.BigAutoField"
