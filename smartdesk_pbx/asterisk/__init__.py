"""The edge "telephone": the only room that knows Asterisk."""
