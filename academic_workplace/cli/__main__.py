"""``python -m academic_workplace.cli`` is the command ``workplace``."""

import sys

from academic_workplace.cli.main import main

sys.exit(main())
