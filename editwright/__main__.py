"""`python -m editwright`"""

import sys

from editwright.command_line import main

sys.exit(main())
