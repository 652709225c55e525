"""How the demo performance is made: acted, timed and spoken by a script, without any recording."""
