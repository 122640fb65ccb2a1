# One image for every service; docker-compose.yml picks the command.
FROM python:3.11-slim-bookworm AS build
WORKDIR /src
RUN python -m venv /opt/cordee && /opt/cordee/bin/pip install --no-cache-dir uv==0.13.9
COPY requirements.lock pyproject.toml README.md LICENSE ./
RUN /opt/cordee/bin/uv pip install --python /opt/cordee/bin/python --require-hashes -r requirements.lock
COPY shared shared
COPY services services
COPY gateway gateway
RUN PYTHON_OF_CORDEE=/opt/cordee/bin/python gateway/web/build && test -f gateway/static/index.html
RUN /opt/cordee/bin/uv pip install --python /opt/cordee/bin/python --no-deps .

FROM python:3.11-slim-bookworm
RUN useradd --system --uid 10001 --create-home cordee && mkdir -p /var/lib/cordee/blobs \
    && chown -R cordee /var/lib/cordee
COPY --from=build /opt/cordee /opt/cordee
ENV PATH=/opt/cordee/bin:$PATH PYTHONUNBUFFERED=1 CORDEE_LOG_FORMAT=json
USER cordee
EXPOSE 8080
ENTRYPOINT ["cordee"]
CMD ["gateway"]
