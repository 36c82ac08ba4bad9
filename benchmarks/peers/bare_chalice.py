"""The least that such a portal needs: Chalice, one pydantic model, one DynamoDB client."""

import boto3
from chalice.app import Chalice
from pydantic import BaseModel

app = Chalice(app_name="bare")
table = boto3.client("dynamodb")


class Health(BaseModel):
    status: str


@app.route("/v1/health")
def health() -> dict[str, str]:
    return Health(status="ok").model_dump()
