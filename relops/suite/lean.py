"""Imported first: keeps seconds of work that no run needs out of every process that reads or executes notebooks.

jsonschema, which nbformat checks notebooks with, builds a grammar of internationalised web addresses if the
package ``rfc3987_syntax`` is there (JupyterLab brings it); no notebook's schema asks for that. A kernel makes ready
to be debugged if ``debugpy`` is there; in a run nobody is there to do it.
"""

import sys

for name in ("rfc3987_syntax", "debugpy"):
    sys.modules.setdefault(name, None)
