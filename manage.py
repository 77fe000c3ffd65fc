#!/usr/bin/env python3
"""Run one of Toile's commands: `python manage.py node`, `doctor`, `demo`, …"""

import os
import sys


def main() -> None:
    """Turn the options that settings depend on into environment, then hand over to Django."""
    from deploy.options import options_to_environment

    options_to_environment(sys.argv, os.environ)
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "deploy.settings")
    from django.core.management import execute_from_command_line

    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
