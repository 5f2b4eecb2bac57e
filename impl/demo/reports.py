"""Reports of the demo in each state; one of them took a service down."""

from datetime import timedelta
from typing import Final

from sqlalchemy.ext.asyncio import AsyncSession

from generated.states import ReportState
from impl.demo.accounts import Demo
from impl.demo.provider_profile import profiles
from impl.demo.provider_services import STATEMENT, TAKEN_DOWN, services
from impl.demo.rows import PHOTOS, PROFILES, REPORTS, SERVICES, Values, add, numbered, stamps
from impl.marketplace.reports.tables import Report, ReportAction, ReportReason, ReportSubjectKind

_NOTHING_FOUND: Final = "The invoice lists parts that the description says are not included."
_CORRECTED: Final = "The provider has corrected the price since, and has paid the difference back."


async def fill(tx: AsyncSession, demo: Demo) -> None:
    titles = {row["id"]: (row["title"], row["provider_id"]) for row in await services(tx, demo)}
    titles |= {row["id"]: (row["business_name"], row["user_id"]) for row in profiles(demo)}
    hannah, henry, holly = demo.those_with("HOMEOWNER")
    # The photo of the first business, which is drawn while the service runs.
    titles[numbered(PHOTOS)] = titles[numbered(PROFILES)]
    service, provider = ReportSubjectKind.SERVICE, ReportSubjectKind.PROVIDER
    made = (
        (hannah, service, SERVICES + 15, ReportReason.MISLEADING, "The invoice was twice the price.", _open()),
        (henry, service, SERVICES + 15, ReportReason.FRAUD, None, _open()),
        (hannah, provider, PROFILES + 6, ReportReason.OFFENSIVE, "Read what they say about themselves.", _open()),
        (holly, service, SERVICES + 20, ReportReason.PERSONAL_DATA, "My address is in it.", _triaged()),
        (henry, ReportSubjectKind.PHOTO, PHOTOS, ReportReason.PERSONAL_DATA, "That is my house.", _open()),
        (henry, service, TAKEN_DOWN, ReportReason.MISLEADING, "They charged another price.", _taken_down(demo)),
        (hannah, service, SERVICES + 30, ReportReason.MISLEADING, None, _actioned(demo, _CORRECTED, ReportAction.NONE)),
        (holly, service, SERVICES, ReportReason.MISLEADING, "Parts were not included.", _dismissed(demo)),
    )
    rows: list[Values] = []
    for number, (reporter, kind, subject, reason, text, state) in enumerate(made):
        subject_id = numbered(subject)
        title, owner_id = titles[subject_id]
        rows.append(
            {
                **stamps(REPORTS + number, demo.now - timedelta(days=4) + timedelta(hours=5 * number)),
                "reporter_id": reporter.id,
                "subject_kind": kind,
                "subject_id": subject_id,
                "subject_title": title,
                "owner_id": owner_id,
                "reason": reason,
                "text": text,
                **state,
                "handled_by": None if state["state"] is ReportState.OPEN else demo.moderator_id,
            }
        )
    await add(tx, Report, rows)


def _open() -> Values:
    return {"state": ReportState.OPEN, "action": None, "statement": None, "decided_at": None}


def _triaged() -> Values:
    return {**_open(), "state": ReportState.TRIAGED}


def _taken_down(demo: Demo) -> Values:
    return _actioned(demo, STATEMENT, ReportAction.TAKE_DOWN)


def _actioned(demo: Demo, statement: str, action: ReportAction) -> Values:
    return {**_dismissed(demo), "state": ReportState.ACTIONED, "action": action, "statement": statement}


def _dismissed(demo: Demo) -> Values:
    decided_at = demo.now - timedelta(hours=2)
    return {**_open(), "state": ReportState.DISMISSED, "statement": _NOTHING_FOUND, "decided_at": decided_at}
