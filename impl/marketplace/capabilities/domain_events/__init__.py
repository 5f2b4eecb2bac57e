"""Domain events of the trade, for whoever wants to hear of them beside the parties' mails."""
