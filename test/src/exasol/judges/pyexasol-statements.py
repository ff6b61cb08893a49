"""Writes EXPORT and IMPORT statements with the real pyexasol, whose source lies in the folder that the first argument names.

Reads JSON from standard input, a list of requests; writes a list of {"sql": …} or {"error": …}. What pyexasol would send is caught
where its SQL thread executes it. Nothing connects.
"""

import importlib.metadata
import json
import re
import sys
from pathlib import Path

source = Path(sys.argv[1])
release = re.search(r'^version = "(.+?)"', (source / "pyproject.toml").read_text(), re.M).group(1)
installed_version = importlib.metadata.version
importlib.metadata.version = lambda name: (
    release if name == "pyexasol" else installed_version(name)
)
sys.path.insert(0, str(source))

from packaging.version import Version  # noqa: E402
from pyexasol.formatter import ExaFormatter  # noqa: E402
from pyexasol.http_transport import ExaSQLExportThread, ExaSQLImportThread  # noqa: E402


class Connection:
    def __init__(self, request):
        self.options = {
            "encryption": request["encryption"],
            "quote_ident": request["quoteIdentifiers"],
        }
        version = request["releaseVersion"]
        self.exasol_db_version = None if version is None else Version(version)
        self.format = ExaFormatter(self)
        self.sql = None

    def execute(self, sql):
        self.sql = sql


def name_of(value):
    return tuple(value) if isinstance(value, list) else value


def statement_of(request):
    connection = Connection(request)
    kind = ExaSQLExportThread if request["statement"] == "export" else ExaSQLImportThread
    thread = kind(connection, request["compression"], name_of(request["name"]), request["params"])
    thread.set_exa_address_list(request["addresses"])
    try:
        thread.run_sql()
    except (ValueError, TypeError) as error:
        return {"error": str(error)}
    return {"sql": connection.sql}


json.dump(
    {"version": release, "answers": [statement_of(request) for request in json.load(sys.stdin)]},
    sys.stdout,
)
