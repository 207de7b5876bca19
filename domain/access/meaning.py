"""What each permission and each role is for, in one line: of the docs page, and of whoever gives roles."""

from __future__ import annotations

from typing import Final

from domain.access.matrix import Role
from domain.kernel.actor import Permission

MEANING: Final[dict[Permission, str]] = {
    Permission.HOLDING_MANAGE: "Give and take roles of the holding; what shows or does anything in the demo.",
    Permission.COMPANY_MANAGE: "Make, suspend, reactivate and archive companies, change short names, read the status.",
    Permission.COMPANY_READ: "See a company and its event stream, as far as each event may be seen.",
    Permission.COMPANY_SETTINGS: "Rename a company and change its settings.",
    Permission.MEMBER_READ: "See members and invitations.",
    Permission.MEMBER_MANAGE: "Invite, change roles and remove members, within one's own rights.",
    Permission.USER_MANAGE: "See all users, disable, enable and erase them.",
    Permission.ROLE_READ: "See roles and what they allow.",
    Permission.ROLE_MANAGE: "Make, change and retire the company's own roles, within one's own rights.",
    Permission.TEAM_READ: "See teams and who is in them.",
    Permission.TEAM_MANAGE: "Make and change teams.",
    Permission.SESSION_MANAGE: "See and end others' sessions.",
    Permission.API_KEY_MANAGE: "Make, rotate and revoke API keys.",
    Permission.SECURITY_READ: "See security events.",
    Permission.CENTURION_READ: "See Centurions and their settings.",
    Permission.CENTURION_MANAGE: "Make Centurions and publish new settings.",
    Permission.INSTANCE_READ: "See channel instances and their connections.",
    Permission.INSTANCE_MANAGE: "Make channel instances, with their credentials.",
    Permission.PIPELINE_READ: "See pipelines with their stages, services with prices, and rules of qualification.",
    Permission.PIPELINE_MANAGE: "Make and change pipelines, services and rules of qualification.",
    Permission.PIXEL_READ: "See pixels, and what was reported to Meta of the leads that one sees.",
    Permission.PIXEL_MANAGE: "Make, change and retire pixels, with their tokens.",
    Permission.LEAD_READ: "See leads: one's own, and those that nobody has.",
    Permission.LEAD_READ_TEAM: "See the leads of one's teams and of their members, too.",
    Permission.LEAD_READ_ALL: "See all leads of the company.",
    Permission.LEAD_MANAGE: "Change what is known of a lead.",
    Permission.LEAD_ASSIGN: "Say who works on a lead.",
    Permission.LEAD_ERASE: "Forget a lead for good.",
    Permission.DEAL_READ: "See deals of the leads that one sees.",
    Permission.DEAL_MANAGE: "Hand leads over to people, and work on their deals.",
    Permission.TEMPLATE_MANAGE: "Make, change and retire the templates of contracts.",
    Permission.CONTRACT_READ: "See templates, and contracts of the leads that one sees.",
    Permission.CONTRACT_MANAGE: "Draft, send, cancel and settle contracts.",
    Permission.CONVERSATION_READ: "Read conversations.",
    Permission.CONVERSATION_FLOOR: "Take a conversation over from the Centurion, and give it back.",
    Permission.CONVERSION_REQUEST: "Report to Meta again, also over a period.",
    Permission.HISTORY_READ: "See journeys as they were, all events and refusals.",
    Permission.USER_SELF: "Look after one's own name, password, second factor and sessions.",
}
"""Of every permission that people have. A test keeps it complete."""

DUTY: Final[dict[Role, str]] = {
    Role.SUPER_ADMIN: "Everything, everywhere.",
    Role.BACKOFFICE_ADMIN: "Runs companies for the holding, not its users, sessions and keys.",
    Role.COMPANY_ADMIN: "Runs one company.",
    Role.MANAGER: "Leads the sales people of a company.",
    Role.SDR: "Works with leads.",
    Role.VIEWER: "Looks on.",
    Role.AUDITOR: "Reads everything, the history too, and changes nothing.",
}
