"""Handlers of the figures about the use of the service."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from datetime import date
from typing import Final, Literal, override

from generated import models, replies
from generated.routers.usage import AbstractUsageHandlers, GetUsageOk, GetUsageOkCsv
from impl.kernel.caller import AnonymousClient, Caller
from impl.operations.usage.service import UsageReport, UsageService
from impl.operations.usage.tables import FIGURES

_STEPS: Final = {
    models.UsageStep.INQUIRY: "inquiries",
    models.UsageStep.QUOTE: "quotes",
    models.UsageStep.JOB: "jobs",
    models.UsageStep.REVIEW: "reviews",
}
# Characters by which spreadsheets take a cell for a formula.
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")


class UsageHandlers(AbstractUsageHandlers[Caller, AnonymousClient]):
    def __init__(self, service: UsageService) -> None:
        self._service = service

    @override
    async def get_usage(
        self,
        caller: Caller,
        *,
        from_date: date | None,
        days: int,
        media_type: Literal["application/json", "text/csv"],
    ) -> GetUsageOk | GetUsageOkCsv:
        report = await self._service.report(from_date, days)
        if media_type == "text/csv":
            return GetUsageOkCsv(_table(report))
        return GetUsageOk(
            {
                "from_date": report.first,
                "to_date": report.last,
                "days": [
                    {"day_date": day, "counted_at": counted_at, "figures": _figures(figures)}
                    for day, figures, counted_at in report.days
                ],
                "totals": _figures({figure: report.total(figure) for figure in FIGURES}),
                "funnel": _funnel(report),
            }
        )


def as_cell(text: str) -> str:
    """Return a text that no spreadsheet takes for a formula: marked as a text where it begins like one."""
    return f"'{text}" if text.startswith(_FORMULA) else text


def _table(report: UsageReport) -> str:
    lines = io.StringIO()
    writer = csv.writer(lines)
    writer.writerow(["day", *FIGURES])
    for day, figures, _ in report.days:
        writer.writerow([as_cell(text) for text in (day.isoformat(), *(str(figures[name]) for name in FIGURES))])
    return lines.getvalue()


def _funnel(report: UsageReport) -> list[replies.UsageFunnelStep]:
    steps: list[replies.UsageFunnelStep] = []
    before: int | None = None
    for step, figure in _STEPS.items():
        count = report.total(figure)
        steps.append({"step": step, "count": count, "per_previous": round(count / before, 4) if before else None})
        before = count
    return steps


def _figures(of: Mapping[str, int]) -> replies.UsageFigures:
    return {
        "accounts": of["accounts"],
        "listings": of["listings"],
        "inquiries": of["inquiries"],
        "quotes": of["quotes"],
        "jobs": of["jobs"],
        "reviews": of["reviews"],
        "logins": of["logins"],
        "refused_logins": of["refused_logins"],
        "errors": of["errors"],
    }
