"""Table of the worker's tasks and their last runs."""

from datetime import datetime

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from impl.kernel.personal_data import ALWAYS, PersonalDataPolicy
from impl.kernel.tables import Table

NAME_LENGTH = 64


class WorkerTask(Table):
    """Last run of a task of the worker; there are as many rows as tasks."""

    __tablename__ = "worker_tasks"
    __table_args__ = ({"schema": "operations"},)

    task: Mapped[str] = mapped_column(String(NAME_LENGTH), primary_key=True)
    ran_at: Mapped[datetime]
    # Before `ran_at` while the task fails, NULL if it has never succeeded.
    succeeded_at: Mapped[datetime | None]


PERSONAL_DATA_POLICIES = (
    PersonalDataPolicy(table=WorkerTask, retention=ALWAYS, impersonal=("task", "ran_at", "succeeded_at")),
)
