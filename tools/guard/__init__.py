"""AWS's proactive rules for templates, applied to those of this service."""
