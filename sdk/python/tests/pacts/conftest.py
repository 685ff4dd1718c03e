"""A NATS server without a registry."""

import os
from collections.abc import Iterator

import pytest
from harness.processes import nats_server

pytest.register_assert_rewrite("pacts.verified_pact")
os.environ.update({"PACT_DO_NOT_TRACK": "true", "NO_PROXY": "127.0.0.1,localhost", "no_proxy": "127.0.0.1,localhost"})


@pytest.fixture(scope="module")
def bare_nats_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with nats_server(tmp_path_factory.mktemp("nats")) as url:
        yield url
