"""Reasons for which a business is proposed; matching has no table of its own."""

from enum import StrEnum


class MatchReasonKind(StrEnum):
    NEAR = "NEAR"
    LICENSED = "LICENSED"
    INSURED = "INSURED"
    RESPONDS_QUICKLY = "RESPONDS_QUICKLY"
    WELL_RATED = "WELL_RATED"
    HAS_CAPACITY = "HAS_CAPACITY"
    FREE_SOON = "FREE_SOON"
