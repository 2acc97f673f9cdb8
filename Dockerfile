# syntax=docker/dockerfile:1
# The app for others, on a CPU or on CUDA: docs/serving.md.
#   docker build -t sparsefool .
#   docker build -t sparsefool --build-arg TORCH=cu128 .

FROM python:3.11-slim AS packages
# The build of torch and torchvision, as `uv pip install --torch-backend` names them: cpu, cu126, cu128, ...
ARG TORCH=cpu
RUN pip install --no-cache-dir uv==0.9.9
WORKDIR /build
COPY requirements.txt ./
RUN python -m venv /venv && \
    uv pip install --python /venv/bin/python --no-cache --compile-bytecode --torch-backend "$TORCH" \
    -r requirements.txt

FROM python:3.11-slim
RUN useradd --uid 10001 --no-create-home --shell /usr/sbin/nologin explorer && \
    install --directory --owner explorer --group explorer /data
COPY --from=packages /venv /venv
WORKDIR /app
COPY app.py LICENSE ./
COPY .streamlit .streamlit
COPY pages pages
COPY assets assets
COPY sparsefool sparsefool
ENV PATH=/venv/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    SPARSEFOOL_HOME=/data \
    HOME=/data \
    SPARSEFOOL_LIMITS=for-class
RUN python -m compileall -q app.py pages sparsefool
# Everything that is written goes into this folder: the rest may be read-only.
VOLUME /data
USER 10001
EXPOSE 8501
HEALTHCHECK --interval=30s --timeout=5s --start-period=60s \
    CMD ["python", "-c", "from urllib.request import urlopen; urlopen('http://127.0.0.1:8501/_stcore/health', timeout=4)"]
CMD ["python", "-m", "sparsefool", "app", "--port", "8501", "--", "--server.headless", "true"]
