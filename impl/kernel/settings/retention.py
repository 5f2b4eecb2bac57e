"""Settings of retention periods, in days."""

from collections.abc import Mapping
from datetime import timedelta

from pydantic import BaseModel, Field

from impl.kernel.personal_data import Period


class RetentionSettings(BaseModel):
    """Retention periods, counted from when a row is no longer of use; `.env.example` tells when that is.

    A lower bound is the time for which the service itself needs a row, an upper one the most that can be justified.
    """

    retention_sessions_days: int = Field(default=30, ge=1, le=400)
    # Days for which failed logins count; fewer days would forgive earlier.
    retention_login_throttles_days: int = Field(default=1, ge=1, le=30)
    # At least five days: mails are tried for four, and the worker reads here what it has sent and whether a link is
    # valid.
    retention_one_time_tokens_days: int = Field(default=7, ge=5, le=90)
    retention_email_changes_days: int = Field(default=7, ge=5, le=90)
    retention_sent_mails_days: int = Field(default=7, ge=5, le=90)
    retention_second_factors_days: int = Field(default=0, ge=0, le=30)
    retention_oauth_flows_days: int = Field(default=1, ge=0, le=30)
    retention_oauth_codes_days: int = Field(default=1, ge=0, le=30)
    # The contract promises at least a day.
    retention_idempotency_keys_days: int = Field(default=1, ge=1, le=30)
    retention_dead_letters_days: int = Field(default=30, ge=1, le=365)
    # Counted from when one was read; after a season nobody looks for it any more.
    retention_notifications_days: int = Field(default=90, ge=1, le=365)
    # Disputes about what was refused or has ended come up within months; a document that proves nothing is not hoarded.
    retention_verifications_days: int = Field(default=365, ge=30, le=3650)
    # The contract shows those of 30 days; a delivery is tried for three, and its body holds ids only.
    retention_webhook_deliveries_days: int = Field(default=30, ge=7, le=365)
    # Whoever looks into a failure does so within days; the log of the processes may be kept for longer elsewhere.
    retention_log_entries_days: int = Field(default=14, ge=1, le=90)
    # The contract promises 14 days to restore an account; people expect a closed one to be gone within a month.
    retention_closed_accounts_days: int = Field(default=14, ge=14, le=30)
    # Mails are tried for four days, and people are on holiday for weeks.
    retention_unverified_accounts_days: int = Field(default=30, ge=7, le=365)
    # An attack is often noticed weeks later; after ten years no address is of use.
    retention_audit_personal_days: int = Field(default=400, ge=30, le=3650)
    # The worker takes them within seconds; a key that has been put back in this time still opens them.
    retention_audit_intake_days: int = Field(default=7, ge=1, le=30)

    @property
    def retention(self) -> Mapping[Period, timedelta]:
        return {period: timedelta(days=getattr(self, period.lower())) for period in Period}
