"""Figures of several web processes: whoever answers tells those of all, or a rate would be nonsense."""

import re
from pathlib import Path

import requests

from tests.journeys.running import RunningTool

ASKED = 40
COUNT = r'donghanh_requests_total\{endpoint="health.healthz",status="200"\} ([0-9.]+)'
LATENCY = r'donghanh_request_seconds_count\{endpoint="health.healthz",method="GET",status="200"\} ([0-9.]+)'


def test_of_two_web_processes_each_tells_the_figures_of_both(tmp_path: Path):
    with RunningTool(tmp_path / "home") as tool:
        tool.command("migrate")
        tool.spawn("web", "serve", "--port", str(tool.port), "--workers", "2")
        tool.wait_until_ready()
        for _ in range(ASKED):  # a connection each, which the kernel gives to either
            assert requests.get(f"{tool.url}/healthz", timeout=5).status_code == 200
        for _ in range(10):
            said = requests.get(f"{tool.url}/metrics", timeout=5).text
            found = [re.findall(pattern, said) for pattern in (COUNT, LATENCY)]
            assert found == [[f"{ASKED}.0"]] * 2
            assert said.count("donghanh_database_up 1.0") == 1
