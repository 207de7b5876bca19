"""Contract templates to PDF, by Typst (ADR 0015). Everything but `render` is pure."""
