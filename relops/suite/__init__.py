"""The suite: graph of notebooks, their execution through papermill, the run folder, the site."""
