#!/bin/sh
# As root: a command of manage.py under the settings of the units, for example `manage.sh bootstrap`.
set -eu
set -a
. /etc/ops-portal/environment
set +a
for secret in /etc/ops-portal/secrets/*; do
    export "${secret##*/}_FILE=$secret"
done
cd /opt/ops-portal
exec .venv/bin/python manage.py "$@"
