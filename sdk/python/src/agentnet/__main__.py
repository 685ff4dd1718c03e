"""`python -m agentnet`, and the command `agentnet` of the installed package"""

import os
import sys

from .cli.main import main


def run() -> None:
    """Ends the process with the exit code of the command it was given."""
    sys.exit(main(sys.argv[1:], os.environ))


if __name__ == "__main__":
    run()
