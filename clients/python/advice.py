"""Advice to a user for each problem of an operation; mypy proves that none is missing."""

from __future__ import annotations

from typing import assert_never

from hestami_client import models

type SubmitServiceProblem = (
    models.AccountSuspendedProblem
    | models.ForbiddenProblem
    | models.InternalErrorProblem
    | models.InvalidTokenProblem
    | models.InvalidTransitionProblem
    | models.MfaEnrolmentRequiredProblem
    | models.NotAcceptableProblem
    | models.NotFoundProblem
    | models.ProfileRequiredProblem
    | models.RateLimitedProblem
    | models.UnauthenticatedProblem
    | models.UnavailableProblem
    | models.ValidationFailedProblem
)


def on_submission(problem: SubmitServiceProblem) -> str:
    """Tell the provider what to do next; `type_` is a Literal, so a checker narrows on it as well as on the class."""
    match problem:
        case models.ProfileRequiredProblem():
            return "Submit your business profile first."
        case models.InvalidTransitionProblem(state=state):
            return f"This service is {state} and cannot be submitted."
        case models.NotFoundProblem():
            return "This service does not exist any more."
        case models.UnauthenticatedProblem() | models.InvalidTokenProblem():
            return "Please sign in again."
        case models.MfaEnrolmentRequiredProblem():
            return "Please switch on two-factor sign-in."
        case models.ForbiddenProblem() | models.AccountSuspendedProblem() | models.NotAcceptableProblem():
            return problem.detail
        case models.ValidationFailedProblem(errors=errors):
            return " ".join(error.detail for error in errors)
        case models.RateLimitedProblem() | models.InternalErrorProblem() | models.UnavailableProblem():
            return f"Please try again in a moment ({problem.request_id})."
        case _:
            assert_never(problem)
