"""All claims, in the order of the scoreboard. A new one is a file here and a line below."""

from __future__ import annotations

from proof.claim import Claim
from proof.claims import (
    d01_documents,
    m01_conversions,
    r01_api,
    r02_postgres,
    r03_writer,
    r04_broker,
    r05_projectors,
    r06_edges,
    r07_webhooks,
    r08_rebuild,
    r10_history,
    r12_full_disks,
    r13_poison,
    r14_disaster,
    r15_soak,
    r17_provisioning,
    r18_handoffs,
    s03_pool_bleed,
    s11_tampering,
    s12_guessing,
    s17_revocation,
    sender_killed,
)

CLAIMS: tuple[Claim, ...] = (
    r01_api.CLAIM,
    r02_postgres.CLAIM,
    r03_writer.CLAIM,
    r04_broker.CLAIM,
    r05_projectors.CLAIM,
    r06_edges.CLAIM,
    r07_webhooks.CLAIM,
    r08_rebuild.CLAIM,
    r10_history.CLAIM,
    r12_full_disks.CLAIM,
    r13_poison.CLAIM,
    r14_disaster.CLAIM,
    r15_soak.CLAIM,
    sender_killed.CLAIM,
    r17_provisioning.CLAIM,
    r18_handoffs.CLAIM,
    s03_pool_bleed.CLAIM,
    s11_tampering.CLAIM,
    s12_guessing.CLAIM,
    s17_revocation.CLAIM,
    d01_documents.CLAIM,
    m01_conversions.CLAIM,
)
