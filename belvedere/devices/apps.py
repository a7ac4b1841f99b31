from django.apps import AppConfig


class DevicesConfig(AppConfig):
    name = "belvedere.devices"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Connect the receivers."""
        from belvedere.devices import receivers  # noqa: F401  (importing it connects them)
