"""New accounts, and the proof that an e-mail address belongs to its owner."""
