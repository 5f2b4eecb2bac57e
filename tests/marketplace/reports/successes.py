"""Successful requests to the operations of reports."""

from __future__ import annotations

from generated.states import PhotoState
from tests.contract.entries import Entries
from tests.contract.requests import Body, Ready
from tests.contract.scenario import Person, Stage, example_of
from tests.marketplace.inquiries.successes import INQUIRIES
from tests.marketplace.jobs.successes import job_of
from tests.marketplace.message_attachments.successes import document_of
from tests.marketplace.messages.successes import thread_of
from tests.marketplace.photos.shown import photo_in
from tests.marketplace.provider_profile.successes import approved_profile_of, business
from tests.marketplace.provider_services.successes import service_of
from tests.marketplace.reviews.successes import published_review_of


async def listing(stage: Stage) -> str:
    """Publish a listing that somebody may report, and return its id.

    Its business has no other one: what copies a listing that staff have taken down waits for their review.
    """
    provider = await stage.person("SERVICE_PROVIDER")
    await approved_profile_of(stage, provider)
    return await service_of(stage, provider, "submit")


async def report_of(stage: Stage, reporter: Person) -> str:
    """Report a new listing and return the report's id."""
    body = {**example_of("createReport"), "subject_kind": "SERVICE", "subject_id": await listing(stage)}
    made = await stage.expect(201, "POST", "/reports", by=reporter, json=body)
    return str(made.json()["id"])


async def triaged_report_of(stage: Stage, reporter: Person, moderator: Person) -> str:
    """Report a new listing, let the moderator take the report up, and return its id."""
    report_id = await report_of(stage, reporter)
    await stage.expect(200, "POST", f"/admin/reports/{report_id}/triage", by=moderator)
    return report_id


async def reported_message(stage: Stage) -> str:
    """Report a message of the other side and return the report's id."""
    thread = await thread_of(stage)
    body = {**example_of("createReport"), "subject_kind": "MESSAGE", "subject_id": thread.answer_id}
    return str((await stage.expect(201, "POST", "/reports", by=thread.owner, json=body)).json()["id"])


async def _of_message(stage: Stage, _: Body) -> Ready:
    return Ready(by=await stage.shared("STAFF_MODERATOR"), ids={"report_id": await reported_message(stage)})


async def _new_report(stage: Stage, example: Body) -> Ready:
    if example["subject_kind"] == "MESSAGE":
        thread = await thread_of(stage)
        return Ready(by=thread.owner, body={**example, "subject_id": thread.answer_id})
    if example["subject_kind"] == "REVIEW":
        job = await job_of(stage, "COMPLETED")
        return Ready(by=job.provider, body={**example, "subject_id": await published_review_of(stage, job)})
    provider = await business(stage)
    subject_id = await service_of(stage, provider, "submit")
    if example["subject_kind"] == "PROVIDER":
        profile = await stage.expect(200, "GET", "/service-providers/profile", by=provider)
        subject_id = profile.json()["id"]
    elif example["subject_kind"] == "PHOTO":
        subject_id = await photo_in(
            stage.service, PhotoState.READY, owner_id=await stage.id_of(provider), subject_id=subject_id
        )
    return Ready(by=await stage.person(), body={**example, "subject_id": subject_id})


async def _own_reports(stage: Stage, _: Body) -> Ready:
    reporter = await stage.person()
    return Ready(by=reporter, ids={"report_id": await report_of(stage, reporter)})


async def _open(stage: Stage, _: Body) -> Ready:
    report_id = await report_of(stage, await stage.shared("HOMEOWNER"))
    return Ready(by=await stage.shared("STAFF_MODERATOR"), ids={"report_id": report_id})


async def _triaged(stage: Stage, example: Body) -> Ready:
    moderator = await stage.shared("STAFF_MODERATOR")
    report_id = await triaged_report_of(stage, await stage.shared("HOMEOWNER"), moderator)
    return Ready(by=moderator, ids={"report_id": report_id}, body=example)


async def _as_moderator(stage: Stage, _: Body) -> Ready:
    return Ready(by=await stage.shared("STAFF_MODERATOR"))


async def _as_reporter(stage: Stage, _: Body) -> Ready:
    return Ready(by=await stage.shared("HOMEOWNER"))


async def reported_document(stage: Stage) -> tuple[str, str]:
    """Return a report of a message, and the document that goes with it."""
    thread = await thread_of(stage)
    attachment_id = await document_of(stage, thread)
    path = f"{INQUIRIES}/{thread.inquiry_id}/recipients/{thread.recipient_id}/messages"
    body = {"text": "The plan.", "attachment_ids": [attachment_id]}
    message = (await stage.expect(201, "POST", path, by=thread.owner, json=body)).json()
    body = {**example_of("createReport"), "subject_kind": "MESSAGE", "subject_id": message["id"]}
    report = await stage.expect(201, "POST", "/reports", by=thread.provider, json=body)
    return str(report.json()["id"]), attachment_id


async def _of_attachment(stage: Stage, _: Body) -> Ready:
    report_id, attachment_id = await reported_document(stage)
    moderator = await stage.shared("STAFF_MODERATOR")
    return Ready(by=moderator, ids={"report_id": report_id, "attachment_id": attachment_id})


SUCCESSES: Entries = {
    "listOwnReports": _as_reporter,
    "createReport": _new_report,
    "getOwnReport": _own_reports,
    "listReports": _as_moderator,
    "getReport": _open,
    "getReportedMessage": _of_message,
    "getReportedAttachment": _of_attachment,
    "triageReport": _open,
    "decideReport": _triaged,
}
