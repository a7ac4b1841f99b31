"""On the path of the programs that tests start: what only a developer's tools bring is not there, as at a user's.

REST framework and structlog load these two where they find them, which is a sixth of each start.
"""

import sys
from typing import Any

absent: dict[str, Any] = {"requests": None, "rich": None}
sys.modules.update(absent)
