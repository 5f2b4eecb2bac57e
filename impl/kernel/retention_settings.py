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
    # How long counters of failed logins count: fewer would forgive earlier.
    retention_login_throttles_days: int = Field(default=1, ge=1, le=30)
    # Mails are tried for four days, and find out from these whether they were decided on and what their link is worth.
    retention_one_time_tokens_days: int = Field(default=7, ge=5, le=90)
    retention_email_changes_days: int = Field(default=7, ge=5, le=90)
    retention_sent_mails_days: int = Field(default=7, ge=5, le=90)
    retention_second_factors_days: int = Field(default=0, ge=0, le=30)
    retention_oauth_flows_days: int = Field(default=1, ge=0, le=30)
    retention_oauth_codes_days: int = Field(default=1, ge=0, le=30)
    # The contract promises a day.
    retention_idempotency_keys_days: int = Field(default=1, ge=1, le=30)
    retention_dead_letters_days: int = Field(default=30, ge=1, le=365)
    # The contract promises a fortnight to come back in; whoever closes an account expects it to be gone within a month.
    retention_closed_accounts_days: int = Field(default=14, ge=14, le=30)
    # Links are mailed for four days, and people are on holiday for weeks.
    retention_unverified_accounts_days: int = Field(default=30, ge=7, le=365)
    # An attack is often noticed weeks later; after ten years nobody asks from which address somebody came.
    retention_audit_personal_days: int = Field(default=400, ge=30, le=3650)

    @property
    def retention(self) -> Mapping[Period, timedelta]:
        return {period: timedelta(days=getattr(self, period.lower())) for period in Period}
