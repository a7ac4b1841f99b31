"""Several processes on MySQL or MariaDB, MongoDB, Redis and Kafka."""

from belvedere.config.settings.base import *  # noqa: F403  (the profile is the base with another database)
from belvedere.config.settings.base import ENV, INSTALLED_APPS, MIDDLEWARE
from belvedere.config.settings.mysql import install_driver, mysql

install_driver()

CHANNEL_LAYERS = {"default": {"BACKEND": "belvedere.live.redis.RedisLayer", "CONFIG": {"url": ENV.redis}}}
DATABASES = {"default": mysql(ENV.database)}
INSTALLED_APPS = [*INSTALLED_APPS, "belvedere.pipeline.stream.kafka"]
MIDDLEWARE = [*MIDDLEWARE, "belvedere.registry.middleware.keep_up_with_others"]
