"""Writes what the loader says, down to debug level, to $LOADER_LOG; a `.pth` file starts it before the loader."""

import logging
import os


class Lines(logging.Handler):
    """One line for each record: its text, and what was raised."""

    def emit(self, record):
        text = record.getMessage()
        if record.exc_info and record.exc_info[0]:
            text += " (%s: %s)" % (record.exc_info[0].__name__, record.exc_info[1])
        with open(os.environ["LOADER_LOG"], "a") as log:
            log.write(" ".join(text.split()) + "\n")


if "LOADER_LOG" in os.environ:
    logging.getLogger().addHandler(Lines())
    logging.getLogger().setLevel(logging.DEBUG)
