# One program and one data folder. Build: docker build -t switchboard .
# Run beside a reverse proxy that ends TLS:
#   docker run -p 3000:3000 -v switchboard:/data --env-file .env -e PUBLIC_URL=https://calls.example.com switchboard

# Without Vonage credentials it does not start: HOST is reached from outside. The sandbox in a container: docs/sandbox.md.

FROM rust:1-trixie AS build
RUN apt-get update && apt-get install -y --no-install-recommends nodejs npm && rm -rf /var/lib/apt/lists/*
WORKDIR /src
COPY . .
RUN make build

FROM debian:trixie-slim
RUN apt-get update && apt-get install -y --no-install-recommends ca-certificates && rm -rf /var/lib/apt/lists/* \
 && useradd --system --uid 10001 --create-home --home-dir /data switchboard
COPY --from=build /src/target/release/switchboard /usr/local/bin/switchboard
USER switchboard
WORKDIR /data
VOLUME /data
ENV HOST=0.0.0.0 PORT=3000 DATA_DIR=/data DATABASE_URL=sqlite:/data/switchboard.db LOG_FORMAT=json
EXPOSE 3000
HEALTHCHECK --interval=10s --timeout=3s CMD ["switchboard", "healthcheck"]
ENTRYPOINT ["switchboard"]
CMD ["serve"]
