"""Keeps schemathesis signed in as the person whom scripts/check-api names."""

import json
import os
import urllib.request

import schemathesis


@schemathesis.auth(refresh_interval=60)
class Session:
    def get(self, case, context):
        body = {"email": os.environ["JUDGED_EMAIL"], "password": os.environ["JUDGED_PASSWORD"], "for": "program"}
        request = urllib.request.Request(
            os.environ["JUDGED_URL"] + "/api/v1/account/sign-in", json.dumps(body).encode(),
            {"Content-Type": "application/json"})
        with urllib.request.urlopen(request, timeout=30) as answer:
            return json.load(answer)["access_token"]

    def set(self, case, data, context):
        case.headers = {**(case.headers or {}), "Authorization": f"Bearer {data}"}
