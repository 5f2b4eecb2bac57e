"""`make journey`: walks the story against a running service and its development mailbox."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import httpx

from tests.journey.mailbox import FolderMailbox
from tests.journey.story import Journey
from tests.journey.telling import Surprise, Teller


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def main() -> int:
    """Walk the story; 0 when it ends well."""
    url = os.environ.get("URL") or "http://127.0.0.1:8000"
    mailbox = FolderMailbox(Path(os.environ.get("MAILBOX_DIR") or ".data/mailbox"))
    _say(f"The journey, at {url}")
    try:
        with httpx.Client(base_url=f"{url}/api/v1", timeout=30.0, trust_env=False) as client:
            steps = Journey(Teller(client, _say), mailbox).walk()
    except httpx.ConnectError:
        _say(f"\nNobody answers at {url}: start the service with `make run`, or say URL=... where it is.")
        return 1
    except (Surprise, TimeoutError) as surprise:
        _say(f"\nSurprise: {surprise}")
        return 1
    _say(f"\nThe story ended well, after {steps} steps.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
