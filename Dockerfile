# syntax=docker/dockerfile:1

FROM python:3.13-slim-trixie AS python

FROM python AS build
WORKDIR /source
COPY pyproject.toml README.md LICENSE ./
COPY emulator ./emulator
# The new environment gets no pip of its own: nothing is installed into it later. Tests that packages bring are left out.
RUN python -m venv --without-pip /opt/emulator \
    && python -m pip --python /opt/emulator/bin/python install --no-cache-dir ".[fast,redis]" "pyttsx3>=2.99" \
    && find /opt/emulator -type d -name tests -prune -exec rm -r {} +

# espeak-ng is the distribution's package, not the one in a Python wheel: its licence (GPL-3.0-or-later) asks whoever hands the
# library on to offer its source, and the distribution does.
FROM python
LABEL org.opencontainers.image.title="gemlive-emulator" \
    org.opencontainers.image.description="A local emulator of Google's Gemini Live API, for tests without keys" \
    org.opencontainers.image.licenses="Apache-2.0"
# No version of the package: a release of the distribution changes one only to mend it, and drops the one before.
# hadolint ignore=DL3008
RUN apt-get update \
    && apt-get install --yes --no-install-recommends libespeak-ng1 \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --uid 10001 --user-group --no-create-home --home-dir /data --shell /usr/sbin/nologin emulator \
    && install -d -o emulator -g emulator -m 0700 /data \
    && install -d /scenarios
COPY --from=build /opt/emulator /opt/emulator
ENV PATH=/opt/emulator/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    GEMLIVE_EMULATOR_HOME=/data \
    GEMLIVE_EMULATOR_SCENARIOS=/scenarios \
    GEMLIVE_EMULATOR_SERVE_HOST=0.0.0.0
# A number, so that whoever runs it can see that it is not root.
USER 10001:10001
# Where `--scenario NAME.yaml` is looked for.
WORKDIR /scenarios
VOLUME /data
EXPOSE 8765
HEALTHCHECK --interval=5s --timeout=3s --start-period=10s --start-interval=1s CMD ["gemlive-emulator", "ready"]
ENTRYPOINT ["gemlive-emulator"]
CMD ["serve"]
