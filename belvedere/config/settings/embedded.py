"""One process, SQLite, an in-memory channel layer."""

from belvedere.config.settings.base import *  # noqa: F403  (the profile is the base)
