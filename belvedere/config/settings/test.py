"""Settings of the unit tests: a data folder of their own, made anew, and cheap password hashes."""

import os
import tempfile

os.environ.setdefault("BELVEDERE_DATA_DIR", tempfile.mkdtemp(prefix="belvedere-test-"))

from belvedere.config.settings.base import *  # noqa: E402, F403  (the data folder comes first)

# Argon2 costs 50 ms a user; the tests make hundreds and test no hash.
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
