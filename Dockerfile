# The image of the service: the binary, OpenSSL and root certificates, nothing else; the database is elsewhere.
FROM rust:1.95-bookworm AS build
# hadolint ignore=DL3008
RUN apt-get update \
    && apt-get install -y --no-install-recommends libssl-dev pkg-config \
    && rm -rf /var/lib/apt/lists/*
WORKDIR /kinstead
COPY . .
RUN cargo build --release --locked --bin kinstead

FROM debian:bookworm-slim
LABEL org.opencontainers.image.title="Kinstead" \
      org.opencontainers.image.description="The national child-care registry" \
      org.opencontainers.image.licenses="Apache-2.0"
# hadolint ignore=DL3008
RUN apt-get update \
    && apt-get install -y --no-install-recommends ca-certificates libssl3 \
    && rm -rf /var/lib/apt/lists/*
COPY --from=build /kinstead/target/release/kinstead /usr/local/bin/kinstead
# The key that signs the access log is made and kept here: mount a volume.
RUN install -d -m 0700 -o 10001 -g 10001 /var/lib/kinstead
# By number, so that an orchestrator can see that it is not root.
USER 10001:10001
ENV KINSTEAD_LISTEN=0.0.0.0:8080 KINSTEAD_DATA=/var/lib/kinstead
EXPOSE 8080
HEALTHCHECK --interval=15s --timeout=5s --start-period=20s --retries=3 \
    CMD ["kinstead", "doctor", "--url", "http://127.0.0.1:8080/health/ready"]
ENTRYPOINT ["kinstead"]
CMD ["serve"]
