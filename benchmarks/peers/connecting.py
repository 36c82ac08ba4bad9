"""Run by itself, with the folder of the portal or of a peer as its first path: the CPU of a new TLS connection.

`<ours|plain> <url> <operation> <count>` prints the milliseconds of CPU that a request takes more over a new connection
than over one that is open, with the HTTP session of the portal's client or with botocore's own.
"""

import sys

sys.path.insert(0, "")

import time
from typing import Any

from botocore.awsrequest import AWSRequest
from botocore.session import get_session


def _http(whose: str) -> Any:
    """The HTTP session of a client."""
    if whose == "ours":
        from chalicelib.repos.process import aws

        return aws.client("dynamodb")._endpoint.http_session  # type: ignore[attr-defined]
    return get_session().create_client("dynamodb")._endpoint.http_session


def milliseconds(whose: str, url: str, operation: str, count: int) -> float:
    """Ask so often over an open connection, and so often over a new one."""
    http = _http(whose)
    request = AWSRequest("POST", url, {"X-Amz-Target": f"DynamoDB.{operation}"}, b"{}").prepare()
    http.send(request)
    seconds = []
    for is_new in (False, True):
        began = time.process_time()
        for _ in range(count):
            if is_new:
                http.close()
            http.send(request)
        seconds.append(time.process_time() - began)
    return (seconds[1] - seconds[0]) / count * 1e3


if __name__ == "__main__":
    print(milliseconds(sys.argv[1], sys.argv[2], sys.argv[3], int(sys.argv[4])))
