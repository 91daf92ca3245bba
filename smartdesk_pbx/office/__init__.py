"""What operations staff do: one file per noun, plain functions, called alike by the CLI and the HTTP API."""
