"""Figures of this process: counted where things happen, read as text or by Prometheus.

They are in a registry of their own, which :mod:`sparsefool.backend.serving.figures_server` serves.
"""

from collections.abc import Callable, Iterator, Mapping

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    ProcessCollector,
    disable_created_metrics,
)
from prometheus_client.metrics_core import Metric
from prometheus_client.samples import Sample

disable_created_metrics()  # type: ignore[no-untyped-call]

REGISTRY = CollectorRegistry(auto_describe=True)

SESSIONS = Gauge("sparsefool_sessions", "Open sessions: browser tabs", registry=REGISTRY)
SESSIONS_REFUSED = Counter(
    "sparsefool_sessions_refused", "Sessions that found the server full", registry=REGISTRY
)
UPLOAD_BYTES = Gauge("sparsefool_upload_bytes", "Bytes of all uploads that are kept", registry=REGISTRY)
UPLOADS = Counter("sparsefool_uploads", "Uploads, by what became of them", ["outcome"], registry=REGISTRY)
QUEUE = Gauge(
    "sparsefool_jobs_waiting", "Jobs in the queue of a device", ["device", "kind"], registry=REGISTRY
)
JOB_SECONDS = Histogram(
    "sparsefool_job_seconds",
    "Seconds that a job has run, by device, kind and end",
    ["device", "kind", "end"],
    buckets=(0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 1800),
    registry=REGISTRY,
)
PASS_IMAGES = Histogram(
    "sparsefool_pass_images",
    "Images in a pass through a network that attacks share",
    ["device", "direction"],
    buckets=(1, 2, 4, 8, 16, 32, 64, 128, 256, 512),
    registry=REGISTRY,
)
LOOKUPS = Counter(
    "sparsefool_report_lookups",
    "Looks for a finished report: one kept here, one that ships, or none",
    ["found"],
    registry=REGISTRY,
)
REPORT_BYTES = Gauge(
    "sparsefool_report_bytes",
    "Bytes of the finished reports that are kept for all sessions",
    registry=REGISTRY,
)
ProcessCollector(registry=REGISTRY)  # memory, CPU seconds, open files
_FOR_PROGRAMS = ("process_start_time_seconds", "process_virtual_memory_bytes", "process_max_fds")
"""Figures that tell a person nothing."""


def watch(gauge: Gauge, read: Callable[[], float], **labels: str) -> None:
    """Have a gauge show what ``read`` returns whenever it is asked."""
    (gauge.labels(**labels) if labels else gauge).set_function(read)


def figures_text() -> str:
    """Return all figures as text for people: one line each; of a histogram, the number and the mean."""
    lines = list(_lines())
    width = max(len(label) for label, _ in lines)
    return "".join(f"{label:<{width}}  {value}\n" for label, value in lines)


def _lines() -> Iterator[tuple[str, str]]:
    for metric in REGISTRY.collect():
        title = metric.documentation.rstrip(".")
        if metric.name in _FOR_PROGRAMS:
            continue
        if metric.type == "histogram":
            for labels, count, mean in _means(metric):
                yield _label(title, labels), f"n = {count:,.0f}, mean {mean:.3g}"
        else:
            for sample in metric.samples:
                yield _label(title, sample.labels), _number(sample)


def _means(metric: Metric) -> Iterator[tuple[Mapping[str, str], float, float]]:
    """Yield the labels, the number and the mean of each part of a histogram."""
    sums = {_key(each): each.value for each in metric.samples if each.name.endswith("_sum")}
    for each in metric.samples:
        if each.name.endswith("_count"):
            yield each.labels, each.value, sums[_key(each)] / each.value if each.value else 0.0


def _key(sample: Sample) -> tuple[tuple[str, str], ...]:
    return tuple(sorted(sample.labels.items()))


def _label(title: str, labels: Mapping[str, str]) -> str:
    return f"{title} ({', '.join(labels.values())})" if labels else title


def _number(sample: Sample) -> str:
    if sample.name.endswith("_bytes"):
        return f"{sample.value / 1e6:,.1f} MB"
    return f"{sample.value:,.0f}" if float(sample.value).is_integer() else f"{sample.value:,.2f}"
