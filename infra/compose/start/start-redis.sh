#!/bin/sh
# Redis with its password from the secret, by standard input: neither on the command line nor in a file.
set -eu
exec redis-server - "$@" << END
$(cat "${REDIS_CONF:-/opt/trunkline/redis.conf}")
requirepass $(cat "${SECRETS:-/run/secrets}/redis-password")
END
