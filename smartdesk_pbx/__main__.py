"""`python -m smartdesk_pbx`: the same as the command `smartdesk`."""

import sys

from smartdesk_pbx.cli.main import main

if __name__ == "__main__":
    sys.exit(main())
