"""Mails about what happens in the trade, as each person wants them."""
