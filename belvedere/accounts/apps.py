from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "belvedere.accounts"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Connect the receivers."""
        from belvedere.accounts import receivers  # noqa: F401  (importing it connects them)
