from django.apps import AppConfig


class CamerasConfig(AppConfig):
    name = "belvedere.cameras"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Connect the receivers."""
        from belvedere.cameras import receivers  # noqa: F401  (importing it connects them)
