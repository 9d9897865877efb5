"""Tables of the embedded store, as numbered migrations. The file is a GeoPackage that GDAL and QGIS read.

References
----------
OGC 12-128r19 (2024). OGC GeoPackage Encoding Standard 1.4.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence

from layers.model import Layer

#: "GPKG", set before the first table is made.
APPLICATION = 0x47504B47
#: Bytes of a page: half as many pages to log and to copy as of the usual 4 kB, and a small change still writes little.
PAGE = 8192

_WGS84 = (
    'GEOGCS["WGS 84",DATUM["WGS_1984",SPHEROID["WGS 84",6378137,298.257223563]],PRIMEM["Greenwich",0],'
    'UNIT["degree",0.0174532925199433],AUTHORITY["EPSG","4326"]]'
)

#: Left out while an empty store takes its first large batch, and made afterwards.
BY_FEATURE = "create index record_feature on record (layer, feature, seq)"

_FIRST = (
    """create table gpkg_spatial_ref_sys (srs_name text not null, srs_id integer primary key, organization text not null,
    organization_coordsys_id integer not null, definition text not null, description text)""",
    """create table gpkg_contents (table_name text not null primary key, data_type text not null, identifier text unique,
    description text default '', last_change datetime not null default (strftime('%Y-%m-%dT%H:%M:%fZ','now')),
    min_x double, min_y double, max_x double, max_y double, srs_id integer references gpkg_spatial_ref_sys(srs_id))""",
    """create table gpkg_geometry_columns (table_name text not null unique, column_name text not null,
    geometry_type_name text not null, srs_id integer not null, z tinyint not null, m tinyint not null,
    primary key (table_name, column_name))""",
    "insert into gpkg_spatial_ref_sys values ('Undefined cartesian', -1, 'NONE', -1, 'undefined', null)",
    "insert into gpkg_spatial_ref_sys values ('Undefined geographic', 0, 'NONE', 0, 'undefined', null)",
    f"insert into gpkg_spatial_ref_sys values ('WGS 84', 4326, 'EPSG', 4326, '{_WGS84}', null)",
    """create table batch (id integer primary key, at integer not null, who text not null, layer text not null,
    file text not null, new integer not null, changed integer not null, retracted integer not null) strict""",
    """create table record (seq integer primary key, layer text not null, feature text not null, previous integer not null,
    batch integer not null, row integer not null, recorded integer not null, start integer not null, until integer not null,
    reported integer not null, marking text not null, retracted integer not null, lon real not null, lat real not null,
    geom blob not null, payload text not null, hash blob not null) strict""",
    """create table audit (seq integer primary key, at text not null, who text not null, act text not null,
    ref text not null, body text not null, hash blob not null) strict""",
    BY_FEATURE,
    "create index record_previous on record (previous) where previous > 0",
    *(
        f"create trigger {table}_{act} before {act} on {table} begin select raise(abort, 'the record is append-only'); end"
        for table in ("record", "batch", "audit")
        for act in ("update", "delete")
    ),
)

#: Each step brings a store from the version before it to its own. Version 1 linked its rows otherwise and was never released.
MIGRATIONS: tuple[tuple[str, ...], ...] = ((), _FIRST)


def views(db: sqlite3.Connection, layers: Sequence[Layer]) -> None:
    """Give each layer a view that spreads its fields, current features only, as GDAL and QGIS list it."""
    for layer in layers:
        text = _view(layer)
        found = db.execute("select sql from sqlite_master where type = 'view' and name = ?", (layer.id,)).fetchone()
        if found and found[0] == text:
            continue
        db.execute(f'drop view if exists "{layer.id}"')
        db.execute(text)
        kind = "POINT" if layer.geometry == "point" else "GEOMETRY"
        db.execute(
            "insert or replace into gpkg_contents (table_name, data_type, identifier, srs_id) values (?, 'features', ?, 4326)",
            (layer.id, layer.title),
        )
        db.execute("insert or replace into gpkg_geometry_columns values (?, 'geom', ?, 4326, 0, 0)", (layer.id, kind))


def _view(layer: Layer) -> str:
    fields = ", ".join(
        f"json_extract(payload, '$.{field.name}') as \"{field.name}\"" for field in layer.fields if field.name != "marking"
    )
    return (
        f'create view "{layer.id}" as select seq as OGC_FID, geom, feature, marking, {fields} from record r '
        f"where layer = '{layer.id}' and retracted = 0 and not exists (select 1 from record n where n.previous = r.seq and n.previous > 0)"
    )
