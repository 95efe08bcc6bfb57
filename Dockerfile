# Mistok as a container: docker build -t mistok:local . (mistok stack --docker writes what belongs around it).
FROM docker.io/library/node:26-slim AS page
WORKDIR /src
COPY package.json package-lock.json .npmrc ./
RUN npm ci --ignore-scripts --no-audit --no-fund
COPY . .
RUN node scripts/build.mjs

# Without the embedded PostgreSQL and the packaged Node: a container has a database beside it and Node in it.
FROM docker.io/library/node:26-alpine AS packages
WORKDIR /src
COPY package.json package-lock.json .npmrc ./
RUN npm ci --ignore-scripts --omit=dev --omit=optional --no-audit --no-fund

FROM docker.io/library/node:26-alpine
RUN apk add --no-cache ffmpeg tini && adduser -D -H -u 10001 mistok && install -d -o mistok -g mistok -m 700 /var/lib/mistok
WORKDIR /opt/mistok
COPY --from=packages /src/node_modules ./node_modules
COPY package.json LICENSE ./
COPY cli ./cli
COPY contract ./contract
COPY scripts ./scripts
COPY server ./server
COPY --from=page /src/dist ./dist
ENV NODE_ENV=production MISTOK_HOST=0.0.0.0 MISTOK_DATA_DIR=/var/lib/mistok
USER 10001
VOLUME /var/lib/mistok
EXPOSE 8080
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s CMD ["node", "scripts/wait-ready.mjs", "http://127.0.0.1:8080"]
ENTRYPOINT ["/sbin/tini", "--"]
CMD ["node", "--max-semi-space-size=4", "--max-old-space-size=1024", "cli/main.ts", "serve"]
