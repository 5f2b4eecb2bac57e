"""Appointments as iCalendar, for calendar programs."""
