"""AgentNet for Python."""
