#!/bin/sh
# Run once by the PostgreSQL image, on an empty volume: the role that the portal's processes use.
set -eu
psql -v ON_ERROR_STOP=1 -v password="$(cat /run/secrets/APP_PASSWORD)" \
  --username "$POSTGRES_USER" --dbname "$POSTGRES_DB" <<'SQL'
CREATE ROLE portal LOGIN PASSWORD :'password';
SQL
