"""The pages of accounts: registration, sign-in, agents, settings, invoices, and their replies."""
