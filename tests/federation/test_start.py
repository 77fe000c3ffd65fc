"""What the web process loads at start."""

import os
import subprocess
import sys


def test_http_engine_is_not_loaded_until_something_is_fetched(tmp_path):
    program = (
        "import django, sys; django.setup(); import federation.gate, federation.client, federation.tasks; "
        "print([name for name in ('httpx', 'httpcore', 'h11') if name in sys.modules])"
    )
    environ = {**os.environ, "DJANGO_SETTINGS_MODULE": "deploy.settings", "TOILE_DATA": str(tmp_path)}
    done = subprocess.run([sys.executable, "-c", program], env=environ, capture_output=True, text=True, check=True)

    assert done.stdout.strip() == "[]"
