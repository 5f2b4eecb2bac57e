"""The mails about accounts: queued with the change they tell of, bounded, written and sent by the worker."""
