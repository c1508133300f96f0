"""Callbacks (webhooks): status events posted to the addresses that a job names."""
