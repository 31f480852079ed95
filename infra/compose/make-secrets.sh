#!/bin/sh
# Makes the secrets of the compose stack, each of its own, in the folder `secrets` beside this script (or the one given).
# What is there is never changed: run it again after an upgrade, and only what is new is made.
#
# The folder is open to its owner alone (0700). The files in it are readable (0644), since compose binds them into
# containers as they are, where each service runs as a user of its own; nobody else gets past the folder.
set -eu

folder=${1:-$(cd "$(dirname "$0")" && pwd)/secrets}
mkdir -p "$folder"
chmod 0700 "$folder"

random() { od -An -N"$1" -tx1 /dev/urandom | tr -d ' \n'; }

# make NAME VALUE: the file appears whole or not at all, and never replaces another
make() {
  [ -e "$folder/$1" ] && return 0
  new=$(mktemp "$folder/.new.XXXXXX")
  printf '%s\n' "$2" > "$new"
  chmod 0644 "$new"
  ln "$new" "$folder/$1"
  rm -f "$new"
  echo "made $1"
}
content() { cat "$folder/$1"; }

make jwt-secret "$(random 48)"
make esl-password "$(random 24)"
make redis-password "$(random 24)"
make kamailio-rpc-password "$(random 24)"
make mysql-root-password "$(random 24)"
make mysql-trunkline-password "$(random 24)"
make mysql-kamailio-password "$(random 24)"
make grafana-password "$(random 16)"
make xml-curl-secret "$(random 24)"
# Seals all credentials and personal data: whoever loses it loses them.
make vault-key "$(random 32)"
make s3-credentials "[default]
aws_access_key_id = $(random 10)
aws_secret_access_key = $(random 24)"

# Addresses with the passwords from above in them. Put your own switches into esl-switches and kamailio-nodes.
make mysql-url "mysql://trunkline:$(content mysql-trunkline-password)@mysql:3306/trunkline"
make kamailio-database-url "mysql://kamailio:$(content mysql-kamailio-password)@mysql:3306/kamailio"
make esl-switches "pbx1=esl://:$(content esl-password)@172.28.40.11:8021?cdr=/cdr"
make kamailio-nodes "sbc1=redis://:$(content redis-password)@redis:6379/kam:events?rpc=http://trunkline:$(content kamailio-rpc-password)@172.28.40.10:5080/RPC"

echo "The secrets are in $folder: keep a copy in a safe place."
