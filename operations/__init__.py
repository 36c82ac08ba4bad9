"""Commands of the team that runs the service: `python -m operations.<name>`. Not part of what runs on Lambda.

They call repos and rules, and find the service as the service finds itself: by the variables of `chalicelib/config.py`
and the credentials of AWS in the environment. Each of them says what it did in the audit.
"""
