"""The package standardwebhooks verifies our webhooks, as anybody's receiver would."""

import contextlib
import http.server
import queue
import threading
import time

from standardwebhooks import Webhook, WebhookVerificationError


def judge(server, owner, workspace):
    inside = owner.inside(workspace)
    with receiver() as (address, deliveries):
        made = inside.must("POST", "/api/v1/webhooks", {"url": address, "events": ["*"]})
        identifier, secret = made["id"], made["secret"]
        inside.must("POST", f"/api/v1/webhooks/{identifier}/test")
        headers, body = deliveries.get(timeout=60)
        Webhook(secret).verify(body, headers)
        refused(secret, body + b" ", headers)
        refused(secret, body, headers | {"webhook-id": "msg_other"})
        refused(secret, body, headers | {"webhook-timestamp": str(int(time.time()) - 600)})
        refused("whsec_" + "A" * 32, body, headers)
        # What was signed long ago is refused although its signature is right.
        old = {**headers, "webhook-timestamp": str(int(headers["webhook-timestamp"]) - 3_600)}
        refused(secret, body, old)

        new = inside.must("POST", f"/api/v1/webhooks/{identifier}/rotate")["secret"]
        assert new != secret
        inside.must("POST", f"/api/v1/webhooks/{identifier}/test")
        headers, body = deliveries.get(timeout=60)
        for either in (secret, new):
            Webhook(either).verify(body, headers)
        # An event of the workspace, not only a test.
        inside.must("POST", "/api/v1/projects", {"name": "Observed"})
        inside.must("PUT", "/api/v1/workspace", {"name": "Renamed"})
        headers, body = deliveries.get(timeout=60)
        Webhook(new).verify(body, headers)
    print("webhooks: standardwebhooks verified tests, an event and a rotation, and refused five changed deliveries")


def refused(secret, body, headers):
    try:
        Webhook(secret).verify(body, headers)
    except WebhookVerificationError:
        return
    raise AssertionError("a changed delivery was verified")


@contextlib.contextmanager
def receiver():
    """Keeps what is posted to it, and answers 204."""
    deliveries = queue.Queue(maxsize=1_000)

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self):
            body = self.rfile.read(int(self.headers["Content-Length"]))
            deliveries.put(({name.lower(): value for name, value in self.headers.items()}, body))
            self.send_response(204)
            self.end_headers()

        def log_message(self, *_):
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as listening:
        threading.Thread(target=listening.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{listening.server_port}/hook", deliveries
        listening.shutdown()
