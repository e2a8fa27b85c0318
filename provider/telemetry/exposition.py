"""
A registry as Prometheus reads it: text format 0.0.4.

Written here because the library's own writer puts `_total` behind each counter, which upstream's
names do not have, and adds a `_created` series to each, which holds the machine's wall clock.
"""

from prometheus_client import CollectorRegistry
from prometheus_client.samples import Sample

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"


def exposition(registry: CollectorRegistry) -> str:
    """Every metric of a registry, one sample a line."""
    lines: list[str] = []
    for metric in registry.collect():
        lines.append(f"# HELP {metric.name} {_escaped(metric.documentation)}")
        lines.append(f"# TYPE {metric.name} {metric.type}")
        lines.extend(
            _line(metric.name, sample)
            for sample in metric.samples
            if not sample.name.endswith("_created")
        )
    return "\n".join(lines) + "\n"


def _line(name: str, sample: Sample) -> str:
    pairs = ",".join(
        f'{label}="{_escaped(value, quote=True)}"' for label, value in sample.labels.items()
    )
    labels = f"{{{pairs}}}" if pairs else ""
    return f"{name}{labels} {sample.value:.17g}"


def _escaped(text: str, *, quote: bool = False) -> str:
    text = text.replace("\\", "\\\\").replace("\n", "\\n")
    return text.replace('"', '\\"') if quote else text
