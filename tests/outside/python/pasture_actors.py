"""Pasture's verify_actor on loopback alone: `python pasture_actors.py PORT`. It keeps a file in the current folder."""

import sys

import uvicorn
from fediverse_pasture.verify_actor import build_app

if __name__ == "__main__":
    port = int(sys.argv[1])
    uvicorn.run(build_app(False, f"localhost:{port}", False, 10), host="127.0.0.1", port=port, log_level="warning")
