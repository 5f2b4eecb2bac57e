"""Feature `email_change`: a new e-mail address, confirmed at the new one and announced at the old one."""
