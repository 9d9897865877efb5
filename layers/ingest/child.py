"""The limited child: opens one GeoJSON or GeoPackage file with GDAL and hands it back as Arrow. Run as a script.

It gets a ceiling on memory, time and written bytes before GDAL sees a byte, and no road to the network.
"""

from __future__ import annotations

import contextlib
import json
import sys

MEMORY = 6_000_000_000
SECONDS = 300
WRITTEN = 4_000_000_000
#: The only drivers it may have: others (OGR VRT before all) lead to other files and to the network.
DRIVERS = frozenset({"GeoJSON", "GeoJSONSeq", "GPKG"})
_CONFIG = {
    "CPL_VSIL_CURL_ALLOWED_EXTENSIONS": "{none}",
    "GDAL_HTTP_PROXY": "http://127.0.0.1:9",
    "GDAL_DISABLE_READDIR_ON_OPEN": "EMPTY_DIR",
    "OGR_SQLITE_LOAD_EXTENSIONS": "NO",
    "OGR_GEOJSON_MAX_OBJ_SIZE": "500",
    "SQLITE_USE_OGR_VFS": "NO",
}


def limited() -> None:
    """Take away what a decoder does not need, where the system can."""
    with contextlib.suppress(ImportError):
        import resource

        for kind, most in ((resource.RLIMIT_AS, MEMORY), (resource.RLIMIT_CPU, SECONDS), (resource.RLIMIT_FSIZE, WRITTEN)):
            with contextlib.suppress(ValueError, OSError):
                resource.setrlimit(kind, (most, most))


def main(path: str, wanted: str, out: str) -> None:
    """Write the chosen layer to ``out`` as Arrow IPC; say on stdout what was found, as one JSON line."""
    limited()
    import pyarrow.ipc
    import pyogrio

    if more := set(pyogrio.list_drivers()) - DRIVERS:
        sys.exit(f"GDAL holds drivers it must not have here: {', '.join(sorted(more))}")
    pyogrio.set_gdal_config_options(_CONFIG)
    names = [str(name) for name, geometry in pyogrio.list_layers(path) if geometry is not None]
    chosen = wanted if wanted in names else names[0] if len(names) == 1 else None
    if chosen is None:
        print(json.dumps({"layers": names}))
        return
    meta, table = pyogrio.raw.read_arrow(path, layer=chosen)
    with pyarrow.ipc.new_file(out, table.schema) as writer:
        writer.write_table(table)
    print(json.dumps({"layers": names, "crs": meta.get("crs"), "geometry": meta.get("geometry_name") or "wkb_geometry"}))


if __name__ == "__main__":
    main(*sys.argv[1:4])
