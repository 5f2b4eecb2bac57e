# Generated from hestami.yaml by openapi/codegen. Change that, then `make generate`.
"""What programs and handlers use of the generated code, beside models, replies, policies and routers."""

from generated.forms import Upload
from generated.routing import OperationRoute, SegmentTree
from generated.signatures import HandlerMismatchError, check_handlers
from generated.wire import (
    CachePolicy,
    FieldError,
    Guard,
    Operation,
    ProblemType,
    RateLimitPolicy,
    Refusal,
    Reply,
    Role,
)

__all__ = [
    "CachePolicy",
    "FieldError",
    "Guard",
    "HandlerMismatchError",
    "Operation",
    "OperationRoute",
    "ProblemType",
    "RateLimitPolicy",
    "Refusal",
    "Reply",
    "Role",
    "SegmentTree",
    "Upload",
    "check_handlers",
]
