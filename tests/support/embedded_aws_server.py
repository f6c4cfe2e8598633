"""The process of the embedded AWS: serves ministack on the socket it is handed, until its standard input closes.

It runs with the interpreter of ``.venv/aws`` and uses nothing of the project but its neighbours. Whatever ends the
parent closes the pipe, so neither this process nor the functions it runs outlive it.
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
import threading
from functools import partial

from tests.support import bedrock_authorization, bedrock_profiles, guardrail_types, monitoring_types, network_types


def end_with_parent() -> None:
    """Kill the process group, functions and all, when standard input closes; the state goes with the folder."""
    sys.stdin.buffer.read()
    os.killpg(0, signal.SIGKILL)


def main(descriptor: str, certificate: str, key: str) -> None:
    """Serve until killed."""
    threading.Thread(target=end_with_parent, daemon=True).start()
    from hypercorn.asyncio import serve
    from hypercorn.config import Config
    from ministack.app import app
    from ministack.core import iam_actions, iam_evaluator
    from ministack.services import bedrock, budgets, ec2
    from ministack.services.cloudformation import provisioners

    said = json.loads(os.environ.get("BEDROCK_RULES", "{}"))
    bedrock_profiles.install(bedrock, unique_names=said.get("unique_names", True))
    rules = bedrock_authorization.Rules(
        bedrock_profiles.source if said.get("key") == "system" else bedrock_authorization.itself,
        said.get("project", True),
        said.get("guardrail", True),
    )
    bedrock_authorization.install(
        iam_actions,
        iam_evaluator,
        partial(bedrock_profiles.models, bedrock),
        partial(bedrock_profiles.tags, bedrock),
        rules,
    )
    network_types.install(provisioners, ec2)
    monitoring_types.install(provisioners, budgets)
    guardrail_types.install(provisioners, bedrock)
    config = Config()
    # ministack's own entry point would open port 443 as well.
    config.bind = [f"fd://{descriptor}"]
    config.certfile, config.keyfile = certificate, key
    config.keep_alive_timeout = 75
    asyncio.run(serve(app, config))


if __name__ == "__main__":
    main(*sys.argv[1:])
