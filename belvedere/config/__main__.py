"""`python -m belvedere.config` is `belvedere`."""

import sys

from belvedere.config.cli import main

sys.exit(main())
