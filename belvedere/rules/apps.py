from django.apps import AppConfig


class RulesConfig(AppConfig):
    name = "belvedere.rules"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Connect the receivers."""
        from belvedere.rules import receivers  # noqa: F401  (importing it connects them)
