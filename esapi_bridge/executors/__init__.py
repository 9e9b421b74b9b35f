"""Where a queue of work is done: by processes of this machine (`processes`) or by a Dask cluster (`cluster`)."""
