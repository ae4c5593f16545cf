"""What a cell of a notebook sees: the tables, the brief, the rulers, and ``publish``.

>>> import relops
>>> nb = relops.open_notebook("03_rfm_segments", project=project, run=run, language=language)
"""

from relops.notebook.session import Notebook, Tables, open_notebook

__all__ = ["Notebook", "Tables", "open_notebook"]
