"""`python -m editwright`"""

import sys

from editwright.command_line import command

sys.exit(command())
