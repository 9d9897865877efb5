"""What a user of folium would write: one Streamlit page with all points on one map. Run by ``beside_folium.py``."""

from __future__ import annotations

import sys
from pathlib import Path

import folium
import pandas as pd
import streamlit as st
from folium.plugins import FastMarkerCluster
from streamlit_folium import st_folium

way, points, files = sys.argv[1:4]
places = pd.read_csv(Path(points), usecols=["latitude", "longitude"])
# As folium makes them, but for the scripts, which come from this machine and not from the network.
if way == "FastMarkerCluster":
    pairs = places[["latitude", "longitude"]].to_numpy().tolist()
    layer = FastMarkerCluster(pairs)
    layer.default_js = [("cluster", f"{files}/leaflet.markercluster.js")]
    layer.default_css = [("style", f"{files}/MarkerCluster.css"), ("icons", f"{files}/MarkerCluster.Default.css")]
else:
    at = zip(places.longitude.tolist(), places.latitude.tolist(), strict=True)
    found = [{"type": "Feature", "properties": {}, "geometry": {"type": "Point", "coordinates": pair}} for pair in at]
    layer = folium.GeoJson({"type": "FeatureCollection", "features": found})
    layer.default_js = layer.default_css = []
of = folium.Map(location=(-20.0, 63.0), zoom_start=9, tiles=None)
# Given by name, folium takes this for a tile layer's and drops it.
of.options["max_zoom"] = 18
of.default_js = [("leaflet", f"{files}/leaflet.js"), ("markers", f"{files}/leaflet.awesome-markers.js")]
of.default_css = [("leaflet_css", f"{files}/leaflet.css"), ("markers_css", f"{files}/leaflet.awesome-markers.css")]
layer.add_to(of)
st.set_page_config(layout="wide")
st_folium(of, key="map", height=680, use_container_width=True, returned_objects=[])
