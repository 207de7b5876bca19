"""What is asked of Autentique, in GraphQL. Values are variables, never text of a query.

Names and types are those of the schema that the API answers to introspection (printed, with its date, in
github.com/lsnepomuceno/laravel-autentique, tests/Resources/schema.graphql; read 2026-09).
"""

from __future__ import annotations

from typing import Final

_DOCUMENT: Final = """
fragment Whole on Document {
  id name created_at deleted_at deadline_at sandbox refusable sortable
  files { original signed pades }
  signatures {
    public_id name email created_at delivery_method
    action { name }
    link { short_link }
    user { name email phone }
    viewed { created_at }
    signed { created_at }
    rejected { created_at reason }
  }
}
"""

CREATE: Final = (
    """
mutation createDocument($document: DocumentInput!, $signers: [SignerInput!]!, $file: Upload!, $sandbox: Boolean) {
  createDocument(document: $document, signers: $signers, file: $file, sandbox: $sandbox) { ...Whole }
}
"""
    + _DOCUMENT
)

DOCUMENT: Final = (
    """
query document($id: UUID!) {
  document(id: $id) { ...Whole }
}
"""
    + _DOCUMENT
)

# Sandbox documents are left out unless asked for, and so are deleted ones: both were made.
SEARCH: Final = (
    """
query documents($search: String!, $limit: Int!, $page: Int!) {
  documents(search: $search, limit: $limit, page: $page, showSandbox: true, include_deleted: true) {
    has_more_pages
    data { ...Whole }
  }
}
"""
    + _DOCUMENT
)

UPDATE: Final = (
    """
mutation updateDocument($id: UUID!, $document: UpdateDocumentInput!) {
  updateDocument(id: $id, document: $document) { ...Whole }
}
"""
    + _DOCUMENT
)

RESEND: Final = """
mutation resendSignatures($public_ids: [UUID]!) {
  resendSignatures(public_ids: $public_ids)
}
"""
