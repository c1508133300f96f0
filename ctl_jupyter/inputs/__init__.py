"""What users give a job with: names, patterns of hosts, Python variables, keys. Magics and panel read it alike."""
