"""The read models: one class a table, one method for each event that touches it."""

from __future__ import annotations

from typing import Final

from projections.engine.batch import Projection
from projections.engine.table import Table
from projections.tables.contracts import Contracts, ContractSigners
from projections.tables.conversations import Conversations
from projections.tables.deals import Activities, DealItems, Deals
from projections.tables.effects import Effects
from projections.tables.holding import Companies
from projections.tables.known import LeadConsents, LeadFacts, LeadTouches
from projections.tables.leads import LeadAliases, Leads
from projections.tables.log import Journal, Journeys, Quarantine
from projections.tables.marketing import MarketingAttempts, MarketingEvents, PixelConfigs
from projections.tables.messages import Messages, MessageStates
from projections.tables.people import FormerMembers, Invitations, Members, Roles, Users
from projections.tables.pipelines import Pipelines, Stages
from projections.tables.qualification import QualificationRules
from projections.tables.replies import Replies
from projections.tables.security import SecurityEvents
from projections.tables.services import Services
from projections.tables.settings import Centurions, CenturionVersions, Instances
from projections.tables.teams import TeamMembers, Teams
from projections.tables.templates import Templates

TABLES: Final[tuple[type[Table], ...]] = (
    Journal,
    Journeys,
    Quarantine,
    Companies,
    Users,
    Members,
    FormerMembers,
    Invitations,
    Roles,
    SecurityEvents,
    Teams,
    TeamMembers,
    Centurions,
    CenturionVersions,
    Instances,
    Leads,
    LeadAliases,
    LeadFacts,
    LeadTouches,
    LeadConsents,
    Conversations,
    Messages,
    MessageStates,
    Replies,
    Effects,
    Pipelines,
    Stages,
    Services,
    QualificationRules,
    Deals,
    DealItems,
    Activities,
    Contracts,
    ContractSigners,
    Templates,
    PixelConfigs,
    MarketingEvents,
    MarketingAttempts,
)
"""All tables of schema `core`: rebuilt and compared."""

PROJECTION: Final = Projection(TABLES)

COMPANY_VIEWS: Final[dict[str, type[Table]]] = {
    "team": Teams,
    **{
        table.NAME: table
        for table in (
            *(Leads, Conversations, Messages, Centurions, Instances, TeamMembers),
            *(Pipelines, Stages, Deals, DealItems, Services, Activities, Contracts),
        )
    },
}
"""View → table: what a company's own tools see of it (design §5)."""
