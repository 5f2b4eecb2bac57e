"""Metrics of a service, read from its listener as Prometheus reads them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Self

import httpx
from prometheus_client.parser import text_string_to_metric_families

from tests.harness.sockets import listen


def metrics_port() -> int:
    """Return a loopback port that is free, for a listener that binds it itself."""
    with listen() as probe:
        port: int = probe.getsockname()[1]
    return port


@dataclass(frozen=True, slots=True)
class Sample:
    name: str
    labels: Mapping[str, str]
    value: float


@dataclass(frozen=True, slots=True)
class Samples:
    """Samples of one answer."""

    all: tuple[Sample, ...]
    text: str

    @classmethod
    async def read(cls, port: int, token: str | None = None) -> Self:
        """Read the metrics at a port of this machine."""
        headers = {} if token is None else {"Authorization": f"Bearer {token}"}
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", headers=headers) as client:
            answer = await client.get("/metrics")
        assert answer.status_code == 200, answer.text
        return cls(tuple(_samples(answer.text)), answer.text)

    def value(self, name: str, **labels: str) -> float:
        """Return the sum of the samples with this name and these labels, 0 where there is none."""
        return sum(
            sample.value for sample in self.all if sample.name == name and labels.items() <= sample.labels.items()
        )

    def labels(self, name: str, label: str) -> set[str]:
        """Return the values of a label in the samples with this name."""
        return {sample.labels[label] for sample in self.all if sample.name == name}

    def names(self) -> set[str]:
        return {sample.name for sample in self.all}


def _samples(text: str) -> Iterator[Sample]:
    for family in text_string_to_metric_families(text):
        for sample in family.samples:
            yield Sample(sample.name, sample.labels, sample.value)
