"""Small widgets the panels are built of; they know neither session nor engine."""
