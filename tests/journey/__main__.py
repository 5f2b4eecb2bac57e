"""Program of `make journey`: the journeys against a running service and its development mailbox."""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path

import httpx

from impl import demo
from tests.journey.mailbox import FolderMailbox
from tests.journey.people import PeopleJourney
from tests.journey.report import PATIENCE, Person, Surprise, Teller
from tests.journey.story import Journey
from tests.journey.trust import TrustJourney


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def _admin() -> Person:
    """Return the administrator of the demo data, or whom ADMIN_EMAIL and ADMIN_PASSWORD name."""
    email = next(one.email for one in demo.people() if one.role == "STAFF_ADMIN")
    email, password = os.environ.get("ADMIN_EMAIL") or email, os.environ.get("ADMIN_PASSWORD") or demo.PASSWORD
    return Person("The administrator", email, password, ["STAFF_ADMIN"])


def main() -> int:
    """Walk the stories; 0 when they end well."""
    url = os.environ.get("URL") or "http://127.0.0.1:8000"
    mailbox = FolderMailbox(Path(os.environ.get("MAILBOX_DIR") or ".data/mailbox"))
    _say(f"The journey, at {url}")
    try:
        with httpx.Client(base_url=f"{url}/api/v1", timeout=PATIENCE, trust_env=False) as client:
            teller = Teller(client, _say)
            Journey(teller, mailbox).walk()
            TrustJourney(teller, mailbox, _admin()).walk()
            PeopleJourney(teller, mailbox, _admin(), now=time.time).walk()
    except httpx.ConnectError:
        _say(f"\nNobody answers at {url}: start the service with `make run`, or say URL=... where it is.")
        return 1
    except (Surprise, TimeoutError) as surprise:
        _say(f"\nSurprise: {surprise}")
        return 1
    _say(f"\nThe story ended well, after {teller.steps} steps.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
