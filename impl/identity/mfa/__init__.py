"""Feature `mfa`: enrolment and removal of a second factor, and the second step of signing in."""
