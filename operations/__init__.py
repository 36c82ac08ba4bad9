"""Commands for whoever runs a deployment: each only calls `chalicelib.repos`, with the deployment's variables set."""
