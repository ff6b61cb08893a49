"""
One job with pyexasol, the way its parallel examples do it: a child process for each tunnel. Its argument is the job as JSON; what it
printed last is the result as JSON. Modules are imported, the connection is made and data is read before the clock starts.
"""

import json
import multiprocessing
import ssl
import sys
import time

import pandas  # noqa: F401  (imported before the clock starts, as pyexasol imports it when it is used)
import pyexasol
import pyexasol.callback as cb

job = json.loads(sys.argv[1])
tls = job["wire"] == "tls"
gzip = job["wire"] == "gzip"
exporting = not job["end"].startswith("import")


class Tunnel(multiprocessing.Process):
    """b03_parallel_export.py and b04_parallel_import.py, with the callback of the job."""

    def __init__(self, node, source, index):
        super().__init__()
        self.node = node
        self.source = source
        self.index = index
        self.read_pipe, self.write_pipe = multiprocessing.Pipe(False)
        self.rows_read, self.rows_write = multiprocessing.Pipe(False)

    def start(self):
        super().start()
        self.write_pipe.close()
        self.rows_write.close()

    def run(self):
        self.read_pipe.close()
        http = pyexasol.http_transport(
            self.node["ipaddr"], self.node["port"], compression=gzip, encryption=tls
        )
        self.write_pipe.send(http.exa_address)
        self.write_pipe.close()
        try:
            self.rows_write.send(self.move(http))
        except Exception as error:
            # Of a statement that failed the parent tells.
            print(f"tunnel {self.index}: {error}", file=sys.stderr)

    def move(self, http):
        path = f"{job['folder']}/part-{self.index}.csv"
        if job["end"] == "files":
            http.export_to_callback(cb.export_to_file, path)
        elif job["end"] == "batches":
            return len(http.export_to_callback(cb.export_to_pandas, None))
        elif job["end"] == "import-files":
            http.import_from_callback(cb.import_from_file, path)
        else:
            http.import_from_callback(cb.import_from_pandas, self.source)
            return len(self.source)
        return 0


def connect(host):
    return pyexasol.connect(
        dsn=f"{host}:{job['port']}",
        user=job["user"],
        password=job["password"],
        encryption=tls,
        compression=gzip,
        websocket_sslopt={"cert_reqs": ssl.CERT_NONE},
    )


def parallel(connection, source):
    start = time.monotonic()
    pool = [
        Tunnel(node, source, index)
        for index, node in enumerate(connection.get_nodes(job["tunnels"]))
    ]
    for process in pool:
        process.start()
    addresses = [process.read_pipe.recv() for process in pool]
    ready = time.monotonic()
    if exporting:
        params = {"with_column_names": True} if job["end"] == "batches" else None
        connection.export_parallel(addresses, f"rows_{job['rows']}", export_params=params)
    else:
        connection.import_parallel(addresses, job["into"])
    count = connection.last_statement().rowcount()
    rows = sum(process.rows_read.recv() for process in pool)
    for process in pool:
        process.join()
    wall = time.monotonic() - start
    return {"count": count, "rows": rows, "wallMs": wall * 1000, "setupMs": (ready - start) * 1000}


def single(connection, source):
    """One stream: the calls of one line."""
    start = time.monotonic()
    if exporting:
        rows = len(connection.export_to_pandas(f"rows_{job['rows']}"))
    else:
        connection.import_from_pandas(source, job["into"])
        rows = len(source)
    wall = (time.monotonic() - start) * 1000
    return {"count": connection.last_statement().rowcount(), "rows": rows, "wallMs": wall}


connection = connect(job["host"])
source = None
if job["end"] == "import-batches":
    # Without this pandas reads some numbers one digit off, and would import others than those of the block.
    exact = {"float_precision": "round_trip"}
    source = connection.export_to_pandas(
        f"rows_{job['rows'] // job['tunnels']}", callback_params=exact
    )
by_hand = job["tunnels"] > 1 or job["end"].endswith("files")
result = parallel(connection, source) if by_hand else single(connection, source)
result["sum"] = 0 if exporting else connection.execute("SHOW SUM").rowcount()
print(json.dumps(result))
