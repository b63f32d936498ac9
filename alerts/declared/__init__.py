"""The desk's configuration as a file: written, compared with what is stored, applied."""
