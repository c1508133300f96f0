"""Schedules: when they fire, what is due, and the thread that starts their jobs."""
