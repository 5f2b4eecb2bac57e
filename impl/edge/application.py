"""FastAPI application that has our middleware in place of FastAPI's."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from typing import TYPE_CHECKING, Any, override

from fastapi import FastAPI

from impl.edge.middleware import EdgeMiddleware

if TYPE_CHECKING:
    from starlette.types import ASGIApp


class Service(FastAPI):
    """FastAPI application with one middleware of ours in place of FastAPI's five."""

    def __init__(
        self,
        middleware: Callable[[ASGIApp], EdgeMiddleware],
        lifespan: Callable[[FastAPI], AbstractAsyncContextManager[dict[str, Any]]],
    ) -> None:
        super().__init__(
            title="Hestami API",
            openapi_url=None,
            redirect_slashes=False,
            lifespan=lifespan,
            telemetry={"tracing": False, "metrics": False, "logs": False},
        )
        self._middleware = middleware

    @override
    def build_middleware_stack(self) -> ASGIApp:
        return self._middleware(self.router)
