"""`legion signer`: signed heads of the chains, into [checkpoints] and into a folder of its own."""

from __future__ import annotations

import asyncio

from cli.settings import Settings
from cli.signer.folder import SignerFolder
from cli.signer.run import SignerConfig, run_signer
from domain.kernel.errors import Misconfigured
from embedded.locks import FolderInUse, hold
from eventlog.topics import Topics


async def run(settings: Settings, stop: asyncio.Event, *, anew: bool = False) -> None:
    """Until `stop`. Raises Misconfigured when another one signs in the same folder: two would contradict each other."""
    path = settings.signer_folder
    try:
        hold(path)
    except FolderInUse as error:
        raise Misconfigured("signer_runs", str(error)) from None
    config = SignerConfig(
        bootstrap=settings.kafka_bootstrap,
        topics=Topics(settings.topic_prefix),
        partitions=settings.partitions,
        every_s=settings.signer_every_s,
        anew=anew,
    )
    await run_signer(config, SignerFolder(path), stop)
