# One image for edge and central; what it does is the command: run SITE.toml | central CENTRAL.toml | simulate SITE.toml
ARG PYTHON_IMAGE=python:3.11-slim-bookworm

FROM ${PYTHON_IMAGE} AS build
WORKDIR /src
COPY requirements/build.txt requirements/central.txt requirements/
RUN python -m venv /build && /build/bin/pip install --no-cache-dir --require-hashes -r requirements/build.txt
RUN python -m venv /opt/weighgate && /opt/weighgate/bin/pip install --no-cache-dir --require-hashes -r requirements/central.txt
COPY pyproject.toml README.md LICENSE ./
COPY drivers drivers
COPY gateway gateway
COPY central central
COPY simulator simulator
COPY weighgate weighgate
COPY config config
RUN /build/bin/pip wheel --no-cache-dir --no-index --no-deps --no-build-isolation --wheel-dir /wheels .
RUN /opt/weighgate/bin/pip install --no-cache-dir --no-index --no-deps /wheels/*.whl
RUN /opt/weighgate/bin/pip uninstall --yes --quiet pip setuptools && /opt/weighgate/bin/python -m compileall -q /opt/weighgate/lib

FROM ${PYTHON_IMAGE}
RUN groupadd --gid 10001 weighgate && useradd --uid 10001 --gid 10001 --groups dialout --home-dir /var/lib/weighgate --no-create-home --shell /usr/sbin/nologin weighgate
RUN install -d -o 10001 -g 10001 -m 0700 /var/lib/weighgate /etc/weighgate /etc/weighgate/site /etc/weighgate/central /etc/weighgate/broker /etc/weighgate/postgres
COPY --from=build /opt/weighgate /opt/weighgate
COPY deploy/entrypoint deploy/healthcheck.py deploy/compose/init.py /opt/weighgate/deploy/
ENV PATH=/opt/weighgate/bin:/usr/local/bin:/usr/bin:/bin PYTHONDONTWRITEBYTECODE=1 PYTHONUNBUFFERED=1
WORKDIR /var/lib/weighgate
USER 10001:10001
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=5s --start-period=20s --retries=3 CMD ["python", "/opt/weighgate/deploy/healthcheck.py"]
ENTRYPOINT ["/opt/weighgate/deploy/entrypoint"]
CMD ["--help"]
