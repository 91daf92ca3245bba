# Debian testing has Asterisk 22; its stable releases have none.
FROM debian:forky-slim
RUN apt-get update \
 && apt-get install -y --no-install-recommends asterisk espeak-ng ffmpeg fonts-ipaexfont-gothic graphviz python3 python3-venv \
 && rm -rf /var/lib/apt/lists/*
WORKDIR /opt/smartdesk
COPY . .
RUN python3 -m venv .venv \
 && .venv/bin/pip install --no-cache-dir --require-hashes -r requirements.lock \
 && .venv/bin/pip install --no-cache-dir --no-deps --no-build-isolation .
RUN useradd --system --create-home --home-dir /var/lib/smartdesk --shell /usr/sbin/nologin smartdesk
USER smartdesk
ENV SMARTDESK_HOME=/var/lib/smartdesk
VOLUME /var/lib/smartdesk
EXPOSE 5060/udp
CMD ["/opt/smartdesk/.venv/bin/smartdesk", "dev", "--empty", "--sip", "0.0.0.0:5060"]
