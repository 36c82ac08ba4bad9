"""Commands for the operators of the service: `python -m operations.<name>`. They are not deployed to Lambda.

They call use cases and repos, and are configured like the service: by the variables of `chalicelib/config.py` and the
AWS credentials in the environment. Every command records what it did in the audit.
"""
