"""Input of an operation, read and validated together, so that one 422 reports all of its errors."""

from dataclasses import dataclass
from typing import cast

from pydantic import BaseModel
from starlette.requests import Request

from openapi.runtime import findings
from openapi.runtime.bodies import Body
from openapi.runtime.parameters_reader import Parameters


@dataclass(frozen=True, slots=True)
class Input[ParametersT, BodyT]:
    """Validated input: the parameters' model, the body's model, and the body's bytes."""

    parameters: ParametersT
    body: BodyT
    payload: bytes


class Inputs[ParametersT: BaseModel, BodyT]:
    """Reads the input of one operation."""

    def __init__(self, parameters: Parameters[ParametersT], body: Body[BodyT]) -> None:
        self._parameters = parameters
        self._body = body

    async def read(self, request: Request) -> Input[ParametersT, BodyT]:
        """Return the input, or raise a Refusal: 415, 413, 400, then 422."""
        received = await self._body.receive(request)
        parameters, errors = self._parameters.collect(request)
        body, more = self._body.collect(received)
        if parameters is None or errors or more:
            raise findings.validation_failed([*errors, *more])
        return Input(parameters, cast("BodyT", body), received.payload)
