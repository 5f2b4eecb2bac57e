# Generated from library.yaml by openapi/codegen. Change that, then `make generate`.
"""What programs and handlers use of the generated code, beside models, replies, policies and routers."""

from tests.codegen.golden.library.forms import Upload
from tests.codegen.golden.library.routing import OperationRoute, SegmentTree
from tests.codegen.golden.library.signatures import HandlerMismatchError, check_handlers
from tests.codegen.golden.library.wire import (
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
