"""The texts of a company's contracts."""

from __future__ import annotations

from dataclasses import asdict

from domain.template import events as t
from projections.engine.columns import Bool, Int, Json, Text, Time
from projections.engine.ops import Ops, change, put
from projections.engine.seen import Seen
from projections.engine.table import Table


class Templates(Table):
    """One row a version. version: counted from 1; a contract keeps the one that it was made from. body: JSON blocks.
    variables: `TemplateVariable` as JSON, signers: names, in the order of the text. retired: on the last version only:
    no more contracts are made from any."""

    KEY = ("id", "version")

    id: Text
    version: Int
    name: Text
    body: Text
    variables: Json
    signers: Json
    retired: Bool = False
    created_at: Time

    def TemplateVersionPublished(self, e: Seen[t.TemplateVersionPublished]) -> Ops:
        return put(
            e.event.template,
            e.event.number,
            name=e.event.name,
            body=e.event.body,
            variables=[asdict(each) for each in e.event.variables],
            signers=e.event.signers,
            created_at=e.at,
        )

    def TemplateRetired(self, e: Seen[t.TemplateRetired]) -> Ops:
        return change(e.event.template, e.event.last, retired=True)
