"""Journey from registration to a published service, a new password and a log-out.

A new part of the story is a module of `chapters`, whose functions are named in CHAPTERS where they come.
"""

from __future__ import annotations

from tests.journey.cast import Story
from tests.journey.chapters import account, business, catalogue, ownership, properties, registration
from tests.journey.mailbox import Mailbox
from tests.journey.report import Teller

CHAPTERS = (
    registration.register,
    registration.verify,
    registration.sign_in,
    business.present_the_business,
    business.publish_a_service,
    properties.add_a_property,
    catalogue.find,
    ownership.stay_among_ones_own,
    account.change_the_profile,
    account.refresh,
    account.reset_the_password,
    account.log_out,
)


class Journey:
    """Walks the journey, chapter by chapter."""

    def __init__(self, teller: Teller, mailbox: Mailbox) -> None:
        self._story = Story(teller, mailbox)

    def walk(self) -> None:
        """Walk the whole story."""
        for chapter in CHAPTERS:
            chapter(self._story)
