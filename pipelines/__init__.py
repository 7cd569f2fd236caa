"""apps: one Prefect flow a file; flows carry ids only, and every rule lives in ``sib.steps``.

Importing this package settles Prefect's surroundings first: its home inside ours, no telemetry, room for a slow start.
"""

import os

from sib.settings import read_settings

_HOME = read_settings().prefect_home.resolve()
_HOME.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
_HOME.mkdir(mode=0o700, exist_ok=True)

for name, value in {
    "PREFECT_HOME": str(_HOME),
    "DO_NOT_TRACK": "1",
    "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
    "PREFECT_CLOUD_ENABLE_ORCHESTRATION_TELEMETRY": "false",
    "PREFECT_SERVER_UI_SHOW_PROMOTIONAL_CONTENT": "false",
    "PREFECT_SERVER_EPHEMERAL_STARTUP_TIMEOUT_SECONDS": "120",
    "PREFECT_RESULTS_DEFAULT_SERIALIZER": "json",
    "PREFECT_LOGGING_LEVEL": "WARNING",
    "PREFECT_SERVER_LOGGING_LEVEL": "ERROR",
}.items():
    os.environ.setdefault(name, value)
