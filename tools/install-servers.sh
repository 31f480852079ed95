#!/usr/bin/env bash
# Installs the servers that the integration tests run (Kamailio, Redis, MariaDB, SIPp; Kafka and an S3 server as jars by
# Maven) and the checkers of infra's files. Does nothing when they are there.
set -euo pipefail

commands=(kamailio redis-server mariadbd mariadb-install-db mariadb sipp openssl promtool xmllint shellcheck
  java mvn kcat faketime fail2ban-regex nft rsyslogd)
modules=(db_mysql ndb_redis jansson tls websocket)
packages=(kamailio kamailio-mysql-modules kamailio-redis-modules kamailio-extra-modules kamailio-json-modules
  kamailio-tls-modules kamailio-websocket-modules kamailio-utils-modules redis-server mariadb-server sip-tester openssl
  prometheus libxml2-utils shellcheck openjdk-17-jre-headless maven kcat faketime fail2ban nftables rsyslog)

export PATH="$PATH:/usr/sbin:/sbin"
missing() {
  local command module
  for command in "${commands[@]}"; do
    command -v "$command" > /dev/null || echo "$command"
  done
  for module in "${modules[@]}"; do
    compgen -G "/usr/lib/*/kamailio/modules/$module.so" > /dev/null || echo "kamailio module $module"
  done
}

install_jars() {
  node tools/install-kafka.mjs
  node tools/install-s3-server.mjs
}

cd "$(dirname "$0")/.."
lacking=$(missing)
if [ -z "$lacking" ]; then
  install_jars
  exit 0
fi
echo "Missing for the integration tests:" $lacking

if ! command -v apt-get > /dev/null; then
  echo "There is no apt-get here. Install by hand (names of Debian's packages): ${packages[*]}" >&2
  exit 1
fi
as_root=()
if [ "$(id -u)" -ne 0 ]; then
  as_root=(sudo -n)
  if ! sudo -n true 2> /dev/null; then
    echo "Neither root nor sudo without a password. Run: sudo apt-get install ${packages[*]}" >&2
    exit 1
  fi
fi
# The packages would start their servers; the tests start their own.
policy=/usr/sbin/policy-rc.d
if [ ! -e "$policy" ]; then
  printf '#!/bin/sh\nexit 101\n' | "${as_root[@]}" tee "$policy" > /dev/null
  "${as_root[@]}" chmod 755 "$policy"
  trap '"${as_root[@]}" rm -f "$policy"' EXIT
fi
"${as_root[@]}" apt-get update
"${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends "${packages[@]}"

lacking=$(missing)
if [ -n "$lacking" ]; then
  echo "Still missing after the installation:" $lacking >&2
  exit 1
fi
install_jars
