# syntax=docker/dockerfile:1.7
# One image for every app of Trunkline; the command chooses which: `node apps/NAME/dist/main.js`.
#
#   docker build -t trunkline --build-arg VERSION=0.1.0 --build-arg COMMIT="$(git rev-parse HEAD)" .
#   docker run --init --read-only --tmpfs /tmp -v trunkline:/data -p 127.0.0.1:4000:4000 trunkline
#
# The base brings the same Node as the npm package `node` that package.json pins for development: test/infra compares.

FROM node:26.10.0-bookworm-slim AS build
WORKDIR /app
COPY . .
# No install script is needed: compilers come as ready packages, and Node is the one of this image.
RUN --mount=type=cache,target=/root/.npm npm ci --ignore-scripts
RUN npm run build
# What runs: the compiled code and the descriptions of its packages, but no source, test or tool.
RUN node infra/image/collect.mjs /runtime

FROM node:26.10.0-bookworm-slim AS dependencies
WORKDIR /app
COPY --from=build /runtime ./
RUN --mount=type=cache,target=/root/.npm npm ci --ignore-scripts --omit=dev
# Half of what packages bring is for editors; TypeScript comes as a wish of @nestjs/graphql that is used at build time.
RUN rm -rf node_modules/typescript \
  && find node_modules -type f '(' -name '*.d.ts' -o -name '*.d.mts' -o -name '*.d.cts' -o -name '*.map' ')' -delete

FROM node:26.10.0-bookworm-slim AS trunkline
ARG VERSION=unknown
ARG COMMIT=unknown
LABEL org.opencontainers.image.title="Trunkline" \
  org.opencontainers.image.description="Event-sourced telephony backend for FreeSWITCH and Kamailio" \
  org.opencontainers.image.licenses="Apache-2.0" \
  org.opencontainers.image.version="${VERSION}" \
  org.opencontainers.image.revision="${COMMIT}"
# Package managers have no business in a container that runs; a fixed id makes the owner of volumes predictable.
RUN rm -rf /usr/local/lib/node_modules /usr/local/bin/npm /usr/local/bin/npx /usr/local/bin/corepack /opt/yarn* \
    /usr/local/bin/yarn /usr/local/bin/yarnpkg \
  && groupadd --gid 10001 trunkline \
  && useradd --uid 10001 --gid 10001 --no-create-home --home-dir /nonexistent --shell /usr/sbin/nologin trunkline \
  && install -d -o trunkline -g trunkline -m 0700 /data
WORKDIR /app
# Owned by root: the process cannot change its own code.
COPY --from=dependencies /app ./
ENV NODE_ENV=production HOST=0.0.0.0 PORT=4000 DATA_DIR=/data
USER 10001:10001
VOLUME /data
EXPOSE 4000
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s --retries=3 \
  CMD ["node", "-e", "fetch('http://127.0.0.1:' + process.env.PORT + '/health/live').then((r) => process.exit(r.ok ? 0 : 1), () => process.exit(1))"]
# Started with --init (compose: `init: true`), so that signals reach it and nothing is left undead.
CMD ["node", "--enable-source-maps", "apps/standalone/dist/main.js"]
