"""Settings of the tests: the real ones, a throw-away data folder, and the database that TOILE_TEST_DATABASE names.

`sqlite` (default): a database file, so that threads share it. `postgresql`: a PostgreSQL and a Redis that the tests
start themselves, for the channel layer and the cache too.
"""

import atexit
import os
import shutil
import tempfile

_WORKER = os.environ.get("PYTEST_XDIST_WORKER", "gw0")
_NUMBER = int(_WORKER.removeprefix("gw"))

if os.environ.get("TOILE_TEST_DATABASE", "sqlite") == "postgresql" and "TOILE_DATABASE_URL" not in os.environ:
    from tests import services

    os.environ["TOILE_DATABASE_URL"] = services.postgresql()
    os.environ["TOILE_REDIS_URL"] = services.redis()
if "TOILE_REDIS_URL" in os.environ:
    os.environ["TOILE_REDIS_URL"] = f"{os.environ['TOILE_REDIS_URL'].rpartition('/')[0]}/{_NUMBER}"

_DATA = tempfile.mkdtemp(prefix="toile-test-")  # a folder for each process: secrets, queue, database file
atexit.register(shutil.rmtree, _DATA, ignore_errors=True)
os.environ["TOILE_DATA"] = _DATA
os.environ.setdefault("TOILE_ORIGIN", "http://localhost:8000")
os.environ.setdefault("TOILE_LOG_LEVEL", "WARNING")

from deploy.databases import SQLITE_START  # noqa: E402
from deploy.settings import *  # noqa: E402, F403
from deploy.settings import DATA, DATABASES, STATIC_ROOT  # noqa: E402

STATIC_ROOT.mkdir()  # empty: whitenoise warns of a folder that is not there

if DATABASES["default"]["ENGINE"].endswith("sqlite3"):
    DATABASES["default"]["TEST"] = {"NAME": DATA / "test.sqlite3"}
    DATABASES["default"]["OPTIONS"]["init_command"] = SQLITE_START.replace("FULL", "OFF")  # nothing here outlives a run
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]  # fast, and only here
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
ALLOWED_HOSTS = ["localhost", "testserver"]
