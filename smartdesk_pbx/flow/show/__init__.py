"""Pictures of a flow that a person can read: as text, Mermaid, Graphviz and HTML. Pure."""
