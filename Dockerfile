# One image for web, workers, beat and migrations: the command says which (docker-compose.yml).
FROM python:3.12-slim AS environment
COPY requirements/run.txt /tmp/run.txt
RUN python -m venv --without-pip /opt/impact \
 && python -m pip --python /opt/impact/bin/python install --no-cache-dir --require-hashes --no-deps -r /tmp/run.txt

FROM python:3.12-slim
RUN useradd --uid 10001 --no-create-home --shell /usr/sbin/nologin impact \
 && install -d -o impact -g impact /srv/storage
COPY --from=environment /opt/impact /opt/impact
WORKDIR /srv/impact
COPY questionnaires questionnaires
COPY migrations migrations
COPY worker worker
COPY app app
ENV PATH=/opt/impact/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    OPENBLAS_NUM_THREADS=1 \
    IMPACT_ENV=production \
    IMPACT_STORAGE=/srv/storage \
    IMPACT_VAR=/tmp/var
USER 10001
VOLUME /srv/storage
EXPOSE 8000
# Workers, beat and migrations replace this check (docker-compose.yml).
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s --retries=3 \
  CMD ["python", "-c", "import urllib.request as u; u.urlopen('http://127.0.0.1:8000/healthz', timeout=4)"]
CMD ["gunicorn", "app:create_app()", "--bind=0.0.0.0:8000", "--workers=2", "--graceful-timeout=20", \
     "--no-control-socket", "--worker-tmp-dir=/dev/shm", "--log-level=warning"]
