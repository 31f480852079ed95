#!/bin/sh
# The S3 server with its keys from the secret (in the format of ~/.aws/credentials). A folder of /data is a bucket.
set -eu
secret=${SECRETS:-/run/secrets}/s3-credentials
data=${DATA:-/data}
key() { sed -n "s/^$1 *= *//p" "$secret"; }

mkdir -p "$data/$BUCKET"
ROOT_ACCESS_KEY=$(key aws_access_key_id)
ROOT_SECRET_KEY=$(key aws_secret_access_key)
export ROOT_ACCESS_KEY ROOT_SECRET_KEY
exec "${VERSITYGW:-versitygw}" --quiet --port "${LISTEN:-:7070}" --region "$REGION" --health /health posix "$data"
