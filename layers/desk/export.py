"""A view's features of one layer as a file that any mission accepts whole."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from layers.desk import question as ask
from layers.desk.sheet import Sheet
from layers.errors import Unwritable
from layers.ingest import write_csv

_DRIVERS = {".geojson": "GeoJSON", ".gpkg": "GPKG"}


def written(sheet: Sheet, layer_id: str, path: Path) -> int:
    """Write the view's features of a layer to CSV, GeoJSON or GeoPackage by the file's suffix; return how many.

    Raises
    ------
    Unwritable
        The suffix is none of these, the folder is not there, or the file already exists.
    """
    of = ask.layer(sheet.record, sheet.user, layer_id)
    suffix = path.suffix.lower()
    if path.exists():
        raise Unwritable(f"{path} already exists; choose another name or remove it")
    if not path.parent.is_dir():
        raise Unwritable(f"{path.parent} is no folder; make it first or name another")
    if suffix == ".csv":
        versions = sheet.record.store.records(of.id, sheet.seqs(of).tolist())
        write_csv(path, of, versions)
        return len(versions)
    if suffix not in _DRIVERS:
        raise Unwritable(f"{path.name} ends in {suffix or 'nothing'}; write .csv, .geojson or .gpkg")
    table = sheet.features(of.id)
    for field in of.fields:
        if field.kind == "time":
            table[field.name] = np.array([value or None for value in table[field.name]], object)
    # A text such as "{}" stays a text.
    plain = {"AUTODETECT_JSON_STRINGS": "NO"} if suffix == ".geojson" else {}
    table.to_file(path, driver=_DRIVERS[suffix], engine="pyogrio", index=False, **plain)
    return len(table)
