"""Where commands are typed."""

from pathlib import Path

import pytest
from harness.shell import Shell


@pytest.fixture
def shell(nats_url: str, tmp_path: Path) -> Shell:
    return Shell(nats_url, tmp_path)
