"""Happenings of the trade, for whoever wants to be told beside the parties' mails."""
