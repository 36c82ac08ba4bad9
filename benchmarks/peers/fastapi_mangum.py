"""The same on FastAPI, behind Mangum."""

import boto3
from fastapi import FastAPI
from mangum import Mangum
from pydantic import BaseModel

app = FastAPI()
table = boto3.client("dynamodb")


class Health(BaseModel):
    status: str


@app.get("/v1/health")
def health() -> Health:
    return Health(status="ok")


handler = Mangum(app)
