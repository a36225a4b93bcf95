"""ClickHouse's engine (chdb) behind as much of its HTTP interface as clickhouse-connect asks for: `serve.py PORT FOLDER`.

Each connection has an engine session of its own on the one data folder, so queries run beside each other as on a server. Unlike a
server: the embedded engine takes no notice of `async_insert`, so an insert is written at once instead of waiting some 50 ms for
others to join it, which is in favour of a client that waits for it. Answers are not compressed.
"""

import io
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl, urlsplit

import chdb
import lz4.frame

PORT, FOLDER = int(sys.argv[1]), sys.argv[2]
# Ralph makes no table. This is the order that Aspects' own has, which reads by time.
TABLE = """
    CREATE TABLE IF NOT EXISTS xapi.xapi_events_all (event_id UUID, emission_time DateTime64(6), event String)
    ENGINE MergeTree ORDER BY (emission_time, event_id)
"""


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1  # head and body leave together
    database = ""

    def setup(self):
        super().setup()
        self.engine = chdb.connect(FOLDER)
        self.engine.query("SET date_time_input_format = 'best_effort'")

    def finish(self):
        super().finish()
        self.engine.close()

    def do_POST(self):
        params = dict(parse_qsl(urlsplit(self.path).query, keep_blank_values=True))
        try:
            status, found = 200, self.answered(params, self.body())
        except Exception as error:  # noqa: BLE001 - the client's to judge, as on a server
            status, found = 500, str(error).encode()
        self.send_response_only(status)
        self.send_header("Content-Length", str(len(found)))
        self.end_headers()
        self.wfile.write(found)

    def answered(self, params, body):
        wanted = params.get("database", self.database)
        if wanted != self.database:
            self.engine.query(f"USE {wanted}")
            self.database = wanted
        text = params.get("query", "").encode() or body
        if text.startswith(b"INSERT"):
            return self.inserted(*text.split(b" FORMAT Native\n", 1))
        bound = {
            name.removeprefix("param_"): value for name, value in params.items() if name.startswith("param_")
        }
        return self.engine.query(text.decode(), "TabSeparated", params=bound).bytes()

    def inserted(self, statement, rows):
        with self.engine.send_insert(statement.decode(), "Native") as stream:
            stream.append(rows)
            stream.finish()
        return b""

    def body(self):
        chunked = self.headers.get("Transfer-Encoding") == "chunked"
        sent = (
            b"".join(self.chunks())
            if chunked
            else self.rfile.read(int(self.headers.get("Content-Length", 0)))
        )
        packed = self.headers.get("Content-Encoding") == "lz4"
        return lz4.frame.open(io.BytesIO(sent)).read() if packed else sent

    def chunks(self):
        while size := int(self.rfile.readline(), 16):
            yield self.rfile.read(size)
            self.rfile.readline()
        self.rfile.readline()


def main():
    engine = chdb.connect(FOLDER)
    engine.query("CREATE DATABASE IF NOT EXISTS xapi")
    engine.query(TABLE)
    ThreadingHTTPServer.daemon_threads = True
    ThreadingHTTPServer(("127.0.0.1", PORT), Handler).serve_forever()


if __name__ == "__main__":
    main()
