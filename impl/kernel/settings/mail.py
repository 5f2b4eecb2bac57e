"""Settings of the mail server, and of the folder that stands for it in development."""

from collections.abc import Iterator
from pathlib import Path

from pydantic import BaseModel, Field, FilePath, SecretStr


class MailSettings(BaseModel):
    smtp_host: str | None = None
    smtp_port: int = Field(default=587, ge=1, le=65535)
    smtp_username: str | None = None
    smtp_password: SecretStr | None = None
    smtp_starttls: bool = True
    # Whether TLS starts at once (port 465) instead of by STARTTLS.
    smtp_tls: bool = False
    smtp_ca_file: FilePath | None = None
    # A mail may take twice as long, which must be well within a worker's lease.
    smtp_timeout_seconds: float = Field(default=20.0, gt=0, le=40)
    mail_from: str = "Hestami <no-reply@hestami.ai>"
    # Mails of a group that somebody is sent within an hour; what is more comes together after it.
    notification_mails_per_hour: int = Field(default=10, ge=1, le=1000)
    support_email: str = "support@hestami.ai"
    # Folder to which each mail is written as an .eml file, before it goes to the SMTP host if there is one. Development
    # has one by default while it has no SMTP host; production has none.
    mailbox_dir: Path | None = None

    def mail_complaints(self) -> Iterator[str]:
        """Yield what production refuses of these settings."""
        if self.mailbox_dir is not None:
            yield "MAILBOX_DIR is for development: it writes links that sign people in to disk and log"
        if self.smtp_host is None:
            yield "SMTP_HOST is missing"
        if self.smtp_username is not None and not (self.smtp_starttls or self.smtp_tls):
            yield "SMTP_USERNAME needs SMTP_STARTTLS or SMTP_TLS: its password would go out in clear"
