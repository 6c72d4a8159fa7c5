# syntax=docker/dockerfile:1

FROM python:3.13-slim-bookworm AS build
WORKDIR /source
COPY pyproject.toml README.md LICENSE ./
COPY emulator ./emulator
RUN python -m venv /opt/emulator \
    && /opt/emulator/bin/python -m pip install --no-cache-dir ".[fast]" "pyttsx3>=2.99"

# espeak-ng is the distribution's package, not the one in a Python wheel: its licence (GPL-3.0-or-later) asks whoever hands the
# library on to offer its source, and the distribution does.
FROM python:3.13-slim-bookworm
RUN apt-get update \
    && apt-get install --yes --no-install-recommends libespeak-ng1 \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --system --uid 10001 --home-dir /data --shell /usr/sbin/nologin emulator \
    && install -d -o emulator -m 0700 /data
COPY --from=build /opt/emulator /opt/emulator
ENV PATH=/opt/emulator/bin:$PATH PYTHONUNBUFFERED=1 GEMLIVE_EMULATOR_HOME=/data
USER emulator
VOLUME /data
EXPOSE 8765
HEALTHCHECK --interval=5s --timeout=3s --start-period=10s CMD ["gemlive-emulator", "ready"]
ENTRYPOINT ["gemlive-emulator"]
CMD ["serve", "--host", "0.0.0.0"]
