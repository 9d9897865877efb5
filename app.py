"""Greenline, put together. ``python app.py`` serves a mission; ``streamlit run app.py`` does too."""

from __future__ import annotations

import argparse
import logging
import sys
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from socket import socket

import streamlit as st
import uvicorn
from starlette.middleware import Middleware
from streamlit.config import get_option
from streamlit.web.bootstrap import load_config_options

from layers import config, feed
from layers.access import OWNER
from layers.desk import open_mission
from layers.errors import LayersError
from layers.render.live import map_script
from layers.serve import serve
from layers.serve.edge import AskedView
from layers.serve.gate import Gate
from layers.serve.options import check_options, serve_options
from layers.serve.policy import installed_policy
from layers.serve.routes import routes

HERE = Path(__file__).resolve().parent

parser = argparse.ArgumentParser(prog="app.py", description="Serve a mission on this machine.")
parser.add_argument("--mission", type=Path, metavar="DIR", help="the mission's folder; without it, a copy of the exercise")
parser.add_argument("--host", default="127.0.0.1")
parser.add_argument("--port", type=int, default=8501)
asked = parser.parse_args(None if __name__ == "__main__" else [])

logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(levelname)s %(name)s %(message)s")
try:
    if __name__ == "__main__":
        load_config_options({name.replace(".", "_"): value for name, value in serve_options(asked.host, asked.port).items()})
    check_options(get_option)
    served = serve(
        open_mission(asked.mission or feed.working_copy(HERE / "data" / "sample", config.private_exercise(), datetime.now(UTC)))
    )
    policy = installed_policy(map_script(), [source.url for source in served.mission.configuration.tile_sources])
except LayersError as fault:
    sys.exit(f"greenline: {fault}")

app = st.App(
    HERE / "pages" / "frame.py",
    routes=routes(served.mission, served.hub, served.waiting),
    middleware=[Middleware(Gate, user_name=OWNER.name, policy=policy), Middleware(AskedView, mission=served.mission)],
    lifespan=served.lifespan,
)


class _Announced(uvicorn.Server):
    """A server that says where it is once it answers there."""

    async def startup(self, sockets: list[socket] | None = None) -> None:
        await super().startup(sockets)
        if not self.should_exit:
            address = str(get_option("browser.serverAddress"))
            print(f"Greenline is at http://{f'[{address}]' if ':' in address else address}:{asked.port}", flush=True)


if __name__ == "__main__":
    print(f"Opening {served.mission.configuration.title}", flush=True)
    with suppress(KeyboardInterrupt):
        _Announced(
            uvicorn.Config(app, asked.host, asked.port, log_level="warning", proxy_headers=False, server_header=False)
        ).run()
