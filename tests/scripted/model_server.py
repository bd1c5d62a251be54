"""A scripted model behind an OpenAI-compatible server on loopback.

A *script* is the list of steps that one conversation takes. Its first user message names it
(``[script:main]``), so the main session, a subagent, a second session and a fork each find their
own, whatever history they carry. The server keeps no state: the step to give is the number of
assistant turns since the message that named the script.
"""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any

from tests.scripted.opencode2_words import in_words_of

MARKER = re.compile(r"\[script:([a-z0-9-]+)\]")
TITLES = {
    "main": "Slugs for the date pages",
    "second": "The same, once more",
    "patched": "Patch the date parser",
    "forked": "Verify the slugs again",
    "killed": "A run that is killed",
}


@dataclass(frozen=True)
class ToolCall:
    """One tool call of a step; ``call_id`` reaches OpenCode exactly as written, blanks included."""

    tool: str
    arguments: Mapping[str, Any]
    call_id: str


@dataclass(frozen=True)
class Usage:
    """Tokens reported for a step. ``input`` includes ``cached``, as OpenAI counts."""

    input: int
    output: int
    cached: int


@dataclass(frozen=True)
class Step:
    """One assistant turn: some text, some tool calls, or both."""

    text: str = ""
    calls: tuple[ToolCall, ...] = ()


Script = Sequence[Step]


@dataclass
class ModelServer:
    """Serves ``scripts`` while entered; ``url`` is then its base URL on a free port.

    A request that no script answers is answered with HTTP 400 and kept in ``problems``, so that a
    test fails with the reason and not with a strange session.
    """

    scripts: Mapping[str, Script]
    problems: list[str] = field(default_factory=list)
    requests: list[dict[str, Any]] = field(default_factory=list)

    def __enter__(self) -> ModelServer:  # noqa: PYI034 - the handler names its class
        server = self

        class Handler(_Handler):
            model = server

        self._http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._http.daemon_threads = True
        self._thread = threading.Thread(
            target=self._http.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True
        )
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._http.shutdown()
        self._http.server_close()
        self._thread.join()

    @property
    def url(self) -> str:
        """For ``baseURL`` of an OpenAI-compatible provider."""
        return f"http://127.0.0.1:{self._http.server_address[1]}/v1"

    def usage(self, script: str, index: int) -> Usage:
        """The tokens of a step: no two steps of all scripts report the same, so that a sum tells
        which steps are in it.
        """
        position = list(self.scripts).index(script)
        number = sum(len(self.scripts[name]) for name in list(self.scripts)[:position]) + index
        return Usage(input=1000 + 101 * number, output=20 + 7 * number, cached=64 + 3 * number)

    def answer(self, request: Mapping[str, Any]) -> tuple[Step, Usage]:
        """What the model says to this request. Raises `LookupError` if no script has an answer."""
        if not request.get("tools"):
            name, _ = _position(request["messages"])
            return Step(text=TITLES.get(name, name)), Usage(input=11, output=3, cached=0)
        name, turns = _position(request["messages"])
        if name not in self.scripts:
            raise LookupError(f"no script {name!r}")
        if turns >= len(self.scripts[name]):
            raise LookupError(
                f"script {name!r} ends after {turns} steps, and OpenCode asked for another"
            )
        step = self.scripts[name][turns]
        tools = {each["function"]["name"] for each in request["tools"] if "function" in each}
        calls = (
            ToolCall(*in_words_of(tools, call.tool, call.arguments), call.call_id)
            for call in step.calls
        )
        return Step(step.text, tuple(calls)), self.usage(name, turns)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    model: ModelServer

    def do_POST(self) -> None:
        request = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.model.requests.append(request)
        try:
            step, usage = self.model.answer(request)
        except LookupError as problem:
            self.model.problems.append(str(problem))
            self._send(
                400, "application/json", json.dumps({"error": {"message": str(problem)}}).encode()
            )
            return
        chunks = [
            f"data: {json.dumps(chunk)}\n\n"
            for chunk in _chunks(step, usage, request.get("model", ""))
        ]
        self._send(200, "text/event-stream", "".join([*chunks, "data: [DONE]\n\n"]).encode())

    def _send(self, status: int, kind: str, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing: a test's output is about OpenCode."""


def _position(messages: Sequence[Mapping[str, Any]]) -> tuple[str, int]:
    # The *last* naming message: a fork carries the message that named its parent's script, too.
    name, turns = "", 0
    for message in messages:
        if message["role"] == "user" and (found := MARKER.findall(_text(message))):
            name, turns = found[-1], 0
        elif message["role"] == "assistant":
            turns += 1
    return name, turns


def _text(message: Mapping[str, Any]) -> str:
    content = message.get("content") or ""
    if isinstance(content, str):
        return content
    return "".join(part.get("text", "") for part in content)


def _chunks(step: Step, usage: Usage, model: str) -> Iterator[dict[str, Any]]:
    def chunk(**choice: Any) -> dict[str, Any]:
        return {
            "id": "chatcmpl-scripted",
            "object": "chat.completion.chunk",
            "created": 0,
            "model": model,
            **choice,
        }

    def delta(content: dict[str, Any], finish: str | None = None) -> dict[str, Any]:
        return chunk(choices=[{"index": 0, "delta": content, "finish_reason": finish}])

    yield delta({"role": "assistant", "content": step.text})
    for index, call in enumerate(step.calls):
        function = {"name": call.tool, "arguments": json.dumps(call.arguments)}
        yield delta(
            {
                "tool_calls": [
                    {"index": index, "id": call.call_id, "type": "function", "function": function}
                ]
            }
        )
    yield delta({}, "tool_calls" if step.calls else "stop")
    yield chunk(
        choices=[],
        usage={
            "prompt_tokens": usage.input,
            "completion_tokens": usage.output,
            "total_tokens": usage.input + usage.output,
            "prompt_tokens_details": {"cached_tokens": usage.cached},
        },
    )
