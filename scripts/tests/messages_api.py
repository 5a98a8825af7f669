"""A Messages API on loopback that lets the real CLI run one Bash command and then answers "done"."""
import http.server
import json
import threading


class MessagesApi:
    """`command` is what the model asks Bash to run on every new prompt."""

    def __init__(self, command):
        api = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_HEAD(self):
                self.send_response(200)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def do_POST(self):
                request = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                body = api.answer(request).encode()
                self.send_response(200)
                self.send_header("Content-Type", "text/event-stream")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_):
                pass

        self.command = command
        self.requests = []
        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()

    @property
    def url(self):
        return "http://127.0.0.1:%d" % self._server.server_address[1]

    def close(self):
        self._server.shutdown()
        self._server.server_close()

    def answer(self, request):
        self.requests.append(request)
        content = request["messages"][-1]["content"]
        tool_ran = isinstance(content, list) and any(block["type"] == "tool_result" for block in content)
        if tool_ran:
            block, delta, reason = {"type": "text", "text": ""}, {"type": "text_delta", "text": "done"}, "end_turn"
        else:
            block = {"type": "tool_use", "id": "toolu_%d" % len(self.requests), "name": "Bash", "input": {}}
            given = {"command": self.command, "description": "as told", "timeout": 600000}
            delta, reason = {"type": "input_json_delta", "partial_json": json.dumps(given)}, "tool_use"
        message = {
            "id": "msg_%d" % len(self.requests),
            "type": "message",
            "role": "assistant",
            "model": request["model"],
            "content": [],
            "stop_reason": None,
            "stop_sequence": None,
            "usage": {"input_tokens": 10, "output_tokens": 1},
        }
        events = (
            {"type": "message_start", "message": message},
            {"type": "content_block_start", "index": 0, "content_block": block},
            {"type": "content_block_delta", "index": 0, "delta": delta},
            {"type": "content_block_stop", "index": 0},
            {"type": "message_delta", "delta": {"stop_reason": reason, "stop_sequence": None}, "usage": {"output_tokens": 5}},
            {"type": "message_stop"},
        )
        return "".join("event: %s\ndata: %s\n\n" % (event["type"], json.dumps(event)) for event in events)
