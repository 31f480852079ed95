#!/bin/sh
# Redis with its password from the secret, by standard input: neither on the command line nor in a file.
set -eu
{
  cat "${REDIS_CONF:-/opt/trunkline/redis.conf}"
  printf 'requirepass %s\n' "$(cat "${SECRETS:-/run/secrets}/redis-password")"
} | exec redis-server - "$@"
