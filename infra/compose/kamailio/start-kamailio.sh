#!/bin/sh
# Writes Kamailio's own settings from the environment and the secrets into memory, and starts it. Arguments go to it.
set -eu
secrets=${SECRETS:-/run/secrets}
source=${SOURCE:-/opt/trunkline/kamailio}
folder=${RUN_DIR:-/run/kamailio}
secret() { cat "$secrets/$1"; }

umask 077
for name in kamailio events bans limits trunks routing; do cp "$source/$name.cfg" "$folder/"; done
authorization=$(printf 'trunkline:%s' "$(secret kamailio-rpc-password)" | base64 -w 0)
cat > "$folder/kamailio-local.cfg" << END
#!define LISTEN_UDP udp:$SIP_ADDRESS:5060 advertise $PUBLIC_ADDRESS:5060
#!define LISTEN_TCP tcp:$SIP_ADDRESS:5060 advertise $PUBLIC_ADDRESS:5060
#!define LISTEN_RPC tcp:$RPC_ADDRESS:5080
#!define RPC_SUBNETS "$RPC_SUBNETS"
#!define RPC_AUTHORIZATION "Basic $authorization"
#!define DBURL "mysql://kamailio:$(secret mysql-kamailio-password)@mysql:3306/kamailio"
#!define EVENT_REDIS "name=events;addr=redis;port=6379;db=0;pass=$(secret redis-password)"
#!define TRUNK_CONTACT "$PUBLIC_ADDRESS:5060"
#!define FLOOD_SPARED "$FLOOD_SPARED"
#!define NAT_PING 30
# FreeSWITCH serves what no phone is registered for: conferences 3xxx, queues 4xxx, parking 5xxx, tests 91xx, features
# that begin with a star, and, by its trunks, the numbers of the world.
#!define EXTERNAL_NUMBER "^(\\+?[0-9]{7,15}|[345][0-9]{3}|91[0-9]{2}|\\*[0-9]{2,6})\$"
END
exec kamailio -DD -E -m 128 -M 16 -Y "$folder" -f "$folder/kamailio.cfg" "$@"
