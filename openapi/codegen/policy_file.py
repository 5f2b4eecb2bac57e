"""Policy file beside the contract: expectations below which the contract must not fall."""

from pathlib import Path
from typing import Annotated, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from openapi.codegen.document import ContractError
from openapi.runtime.yaml_documents import load_mapping

type Reasons = dict[str, Annotated[str, Field(min_length=10)]]


class _Closed(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Family(_Closed):
    """Permissions that guard the operations below a path; a kind that is absent does not exist there."""

    read: str | None = None
    change: str | None = None


class Audited(_Closed):
    """Paths whose changes or reads are audited, exceptions with reasons, and reads elsewhere that are audited too."""

    changes: list[str]
    except_: Reasons = Field(alias="except")
    reads_below: list[str]
    reads: list[str]


class Quota(_Closed):
    """Upper bound of a rate limit policy."""

    quota: int
    window: int
    partition: Literal["address", "caller"]


class Guessable(_Closed):
    """Members of request bodies that can be guessed by trial, and the rate limits for such requests."""

    fields: list[str]
    under: list[str]


class Limits(_Closed):
    """Bounds of rate limits, and the operations to which each policy applies."""

    policies: dict[str, Quota]
    reads_only: list[str]
    guessable: Guessable
    except_: Reasons = Field(alias="except")
    named: dict[str, str]


class Idempotent(_Closed):
    """Creates that take no Idempotency-Key, with reasons."""

    except_: Reasons = Field(alias="except")


class Bounded(_Closed):
    """Creates without a limit of their number, with reasons."""

    except_: Reasons = Field(alias="except")


class Query(_Closed):
    """Operation whose query parameters a schema repeats, and those of them that it leaves out."""

    of: str
    without: list[str]


class PolicyFile(_Closed):
    """Expectations of the policy file; openapi/policy.yaml explains how each is read."""

    public: list[str]
    permissions: dict[str, Family | Literal["own"]]
    roles: dict[str, list[str]]
    audited: Audited
    limits: Limits
    idempotent: Idempotent
    bounded: Bounded
    if_match_required: list[str]
    open_parameters: list[str]
    personal: dict[str, list[str]]
    filters: dict[str, Query]

    @classmethod
    def load(cls, path: Path) -> "PolicyFile":
        """Read the file; ContractError when it is missing, unreadable, or says something that nobody would check."""
        try:
            return cls.model_validate(load_mapping(path.read_bytes()))
        except (OSError, yaml.YAMLError, TypeError, ValidationError) as error:
            raise ContractError(f"the policy file {path.name} cannot be used: {error}") from error


def is_below(path: str, family: str) -> bool:
    """Return whether a path is the family's or below it."""
    return path == family or path.startswith(f"{family}/")


def nearest(path: str, families: list[str]) -> str | None:
    """Return the longest family that a path belongs to."""
    return max((one for one in families if is_below(path, one)), key=len, default=None)
