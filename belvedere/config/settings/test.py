"""Settings of the unit tests: a data folder of their own, made anew, and cheap password hashes."""

import atexit
import os
import shutil
import tempfile

if "BELVEDERE_DATA_DIR" not in os.environ:
    os.environ["BELVEDERE_DATA_DIR"] = tempfile.mkdtemp(prefix="belvedere-test-")
    atexit.register(shutil.rmtree, os.environ["BELVEDERE_DATA_DIR"], ignore_errors=True)
# It says which program the outside suites start (tests/live/server.py); these settings are always of the embedded one.
os.environ["TESTED_PROFILE"] = os.environ.pop("BELVEDERE_PROFILE", "embedded")

from belvedere.config.settings.base import *  # noqa: F403  (the data folder comes first)
from belvedere.config.settings.base import DATABASES, ENV, INSTALLED_APPS
from belvedere.config.settings.mysql import install_driver, mysql

# The tables of the cluster profile too: they stand in the same database.
INSTALLED_APPS = [*INSTALLED_APPS, "belvedere.pipeline.stream.kafka"]
# Argon2 costs 50 ms a user; the tests make hundreds and test no hash.
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]

if url := os.environ.get("BELVEDERE_TEST_DATABASE"):
    # scripts/on-mariadb.
    install_driver()
    DATABASES["default"] = mysql(url)
else:
    # A file, like the product: threads of one test wait for each other's locks, which shared memory does not do.
    DATABASES["default"]["TEST"] = {"NAME": ENV.data_dir / "test.db"}
    DATABASES["default"]["OPTIONS"]["init_command"] = "PRAGMA journal_mode=WAL; PRAGMA synchronous=OFF;"
# Every client of a test loads the middleware anew: no look at each file of the dashboard then.
WHITENOISE_AUTOREFRESH = True
