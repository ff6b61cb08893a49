"""A pytest plugin for pyexasol's integration tests: they load their data by docker, and this does it over the wire."""

import os
import random
import ssl
import string

import pytest


def pytest_collection_modifyitems(session):
    # The tests' own port is the default one; the simulated cluster has a free one.
    for definition in session._fixturemanager._arg2fixturedefs.get("default_port", ()):
        definition.func = lambda: int(os.environ["EXAPORT"])


def load(loader):
    import pyexasol

    connection = pyexasol.connect(
        dsn=loader._dsn,
        user=loader._user,
        password=loader._password,
        websocket_sslopt={"cert_reqs": ssl.CERT_NONE},
    )
    script = loader.ddl_file.read_text()
    for statement in script.split(";"):
        if statement.strip() and "LOCAL CSV" not in statement:
            connection.execute(statement)
    for table in ("users", "payments"):
        connection.import_from_file(
            loader.data_directory / "csv" / f"{table}.csv",
            ("PYEXASOL_TEST", table.upper()),
            {"row_separator": "CRLF"},
        )
    connection.close()


def pytest_configure(config):
    from pyexasol_utils.docker_util import DockerDataLoader

    DockerDataLoader.load = load


class Invented:
    """As much as the tests use of the package faker."""

    def __init__(self):
        self._random = random.Random(12345)

    def first_name(self):
        return "".join(self._random.choices(string.ascii_letters, k=8))

    last_name = city = first_name

    def postcode(self):
        return str(self._random.randint(10000, 99999))

    def date(self):
        return f"20{self._random.randint(10, 29)}-0{self._random.randint(1, 9)}-1{self._random.randint(0, 9)}"

    def boolean(self):
        return self._random.random() < 0.5

    def random_int(self, min, max):
        return self._random.randint(min, max)

    def pyfloat(self, min_value, max_value, right_digits):
        value = round(self._random.uniform(min_value, max_value), right_digits)
        return value


@pytest.fixture
def faker():
    return Invented()
