"""Authenticator app for tests: the codes of one secret, each given once."""

from __future__ import annotations

from datetime import timedelta

import pyotp

from tests.harness.clock import MovableClock

_STEP = 30


class Authenticator:
    """Gives codes that the service has not seen yet, and moves the clock when the next one is not valid yet."""

    def __init__(self, secret: str, clock: MovableClock) -> None:
        self.secret = secret
        self._totp = pyotp.TOTP(secret)
        self._clock = clock
        self._last = 0

    def code(self) -> str:
        """Return a code that works now and was not given before: the service takes the next step's, too."""
        step = max(self._now(), self._last + 1)
        early = step - self._now() - 1
        if early > 0:
            self._clock.advance(timedelta(seconds=_STEP * early))
        self._last = step
        return self.at(step - self._now())

    def settle(self) -> None:
        """Begin a new step, so that what `at` gives is still so many steps from now when the service sees it."""
        self._clock.advance(timedelta(seconds=_STEP - self._clock.now().timestamp() % _STEP))

    def at(self, steps: int) -> str:
        """Return the code so many time steps from now, whether it was given or not."""
        return self._totp.generate_otp(self._now() + steps)

    def _now(self) -> int:
        return int(self._clock.now().timestamp()) // _STEP
