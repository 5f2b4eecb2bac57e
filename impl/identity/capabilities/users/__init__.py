"""Accounts: the table, rules and changes on which every feature of identity relies."""
