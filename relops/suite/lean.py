"""Imported before papermill: keeps a second of work out of every process that reads notebooks.

jsonschema, which nbformat checks notebooks with, builds a grammar of internationalised web addresses if the
package ``rfc3987_syntax`` is there (JupyterLab brings it). No notebook's schema asks for that.
"""

import sys

sys.modules.setdefault("rfc3987_syntax", None)
