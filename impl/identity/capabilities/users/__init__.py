"""The accounts themselves: rows, rules and changes that every feature of identity relies on."""
