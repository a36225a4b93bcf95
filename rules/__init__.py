"""The rules: values in, values out. No file, clock, network, database, log or language text."""
