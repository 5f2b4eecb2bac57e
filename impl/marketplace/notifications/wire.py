"""Notifications on the wire, in lists and in streams."""

from generated import models, replies
from impl.marketplace.capabilities.notices.service import title_of
from impl.marketplace.notifications.service import NotificationRow


def notification_to_wire(row: NotificationRow, locale: str) -> replies.Notification:
    return {
        "id": row["id"],
        "number": row["number"],
        "kind": models.NotificationKind(row["kind"]),
        "title": title_of(row["kind"], locale),
        "refers_to": {
            "kind": models.NotificationSubjectKind(row["subject_kind"]),
            "id": row["subject_id"],
            "inquiry_id": row["inquiry_id"],
        },
        "created_at": row["created_at"],
        "read_at": row["read_at"],
    }
