"""Settings of the tests: the real ones, with a throw-away data folder and the database that the run names."""

import os
import tempfile

os.environ.setdefault("TOILE_DATA", tempfile.mkdtemp(prefix="toile-test-"))
os.environ.setdefault("TOILE_ORIGIN", "http://localhost:8000")

from deploy.settings import *  # noqa: E402, F403

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]  # fast, and only here
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
ALLOWED_HOSTS = ["localhost", "testserver"]
