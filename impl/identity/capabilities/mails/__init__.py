"""Mails about accounts: queued in the transaction of their cause, rate-limited, and sent by the worker."""
