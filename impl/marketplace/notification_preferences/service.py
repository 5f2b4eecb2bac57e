"""Service of preferences: what a person may choose, and that setting what is there already is no change."""

from datetime import datetime

from typing_extensions import TypedDict

from impl.kernel import audit, etags
from impl.kernel.caller import Caller
from impl.kernel.database import Database
from impl.kernel.errors import InvalidInput
from impl.kernel.rows import has_values
from impl.marketplace.capabilities.hours.service import is_time_zone
from impl.marketplace.capabilities.notice_mails.service import DEFAULTS, NoticePreferences, PreferencesRow
from impl.marketplace.capabilities.notice_mails.tables import Wishes
from openapi.runtime.wire import FieldError

__all__ = ["NotificationPreferencesService", "ShownPreferences"]


class ShownPreferences(Wishes):
    """Preferences as their owner sees them; without times while they have set none."""

    updated_at: datetime | None
    version: int


class _Version(TypedDict):
    updated_at: datetime | None
    version: int


_NEVER: _Version = {"updated_at": None, "version": 0}


def _shown(row: PreferencesRow | None) -> ShownPreferences:
    if row is None:
        return {**DEFAULTS, **_NEVER}
    return {
        "choices": row["choices"],
        "quiet_starts": row["quiet_starts"],
        "quiet_ends": row["quiet_ends"],
        "time_zone": row["time_zone"],
        "language": row["language"],
        "updated_at": row["updated_at"],
        "version": row["version"],
    }


class NotificationPreferencesService:
    def __init__(self, database: Database, preferences: NoticePreferences) -> None:
        self._database = database
        self._preferences = preferences

    async def get(self, caller: Caller) -> ShownPreferences:
        return _shown(await self._preferences.find(caller.user_id))

    async def replace(self, caller: Caller, wishes: Wishes, *, if_match: str | None) -> ShownPreferences:
        if not is_time_zone(wishes["time_zone"]):
            raise InvalidInput(
                errors=[FieldError("unknown_time_zone", "is not in the IANA database", pointer="/time_zone")]
            )
        async with self._database.begin() as tx:
            row = await self._preferences.lock(tx, caller.user_id)
            before = _shown(row)
            etags.check(if_match, before["version"])
            if has_values(before, {**wishes}):
                return before
            changed = await self._preferences.put(tx, caller.user_id, row, wishes)
            await audit.record(tx, "notifications.preferences_changed", caller, subject=("user", caller.user_id))
            return _shown(changed)
