from django.apps import AppConfig


class AlertsConfig(AppConfig):
    name = "belvedere.alerts"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Connect the receivers."""
        from belvedere.alerts import receivers  # noqa: F401  (importing it connects them)
