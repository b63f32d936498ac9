#!/usr/bin/env python
"""Django's command-line entry point, and the desk, which makes the servers Django needs."""

import os
import sys

if __name__ == "__main__":
    if sys.argv[1:] == ["desk"]:
        from ops_portal import desk

        sys.exit(desk.main())

    from django.core.management import execute_from_command_line

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "ops_portal.settings")
    execute_from_command_line(sys.argv)
