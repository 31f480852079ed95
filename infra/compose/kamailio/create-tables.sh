#!/bin/sh
# Makes the tables that kamailio.cfg uses, from the scripts of Debian's package, in an empty database, and enters
# FreeSWITCH as the gateway that serves what no phone is registered for. A database with tables is left as it is.
set -eu
scripts=${SCRIPTS:-/usr/share/kamailio/mysql}
provisioning=${PROVISIONING:-/opt/trunkline/provisioning-tables.sql}
password=$(cat "${SECRETS:-/run/secrets}/mysql-kamailio-password")
# by a file in memory: the command line could be read by others
options=$(mktemp)
trap 'rm -f "$options"' EXIT
printf '[client]\nhost=%s\nport=%s\nuser=kamailio\npassword=%s\n' "$DATABASE_HOST" "${DATABASE_PORT:-3306}" "$password" > "$options"
sql() { mariadb --defaults-extra-file="$options" --batch --skip-column-names kamailio; }

# This table stands only while the others are made. If it is found, a run was interrupted that began with nothing.
mark=trunkline_tables_in_the_making
tables=$(echo 'SHOW TABLES' | sql)
if [ -n "$tables" ]; then
  if ! printf '%s\n' "$tables" | grep -qx "$mark"; then
    # made by a version that did not provision yet, perhaps
    if printf '%s\n' "$tables" | grep -qx dispatcher; then sql < "$provisioning"; fi
    echo "Kamailio's tables are there."
    exit 0
  fi
  # shellcheck disable=SC2016 # these are MySQL's quotes, not the shell's
  printf '%s\n' "$tables" | grep -vx "$mark" | sed 's/.*/DROP TABLE `&`;/' | sql
fi

echo "CREATE TABLE IF NOT EXISTS $mark (id INT)" | sql
for name in standard auth_db usrloc dialog dispatcher permissions uac; do
  sql < "$scripts/$name-create.sql"
done
sql < "$provisioning"
sql << END
INSERT INTO dispatcher (setid, destination, description) VALUES (1, '$MEDIA_SERVER', 'FreeSWITCH');
DROP TABLE $mark;
END
echo "Kamailio's tables are made."
