"""Capability `visits`: the table of visits, whose times are taken as those of jobs are."""
