"""Real values for the fuzzer: public areas."""

from __future__ import annotations

from tests.fuzz.entries import Fuzzing

# A sort by distance needs a point: one parameter because of another.
FUZZING = Fuzzing(rules={"listPropertyAreas": {"validation-failed"}})
