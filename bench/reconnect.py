"""After a power cut: 1,000 devices connect at the same moment and each wants a reading acknowledged."""

from __future__ import annotations

from bench.load import Clock, Load
from bench.options import Options
from bench.peers import PeerMissing, mosquitto
from bench.report import Row, make_missing_row
from bench.site import folder_of, site

DEVICES = 1_000
GOAL_SECONDS = 5.0


def run(options: Options) -> list[Row]:
    """Seconds from the first SYN to the last PUBACK."""
    try:
        with site(DEVICES) as house:
            folder, clock = folder_of(house), Clock()
            ours_load = Load(house.server.mqtt_port, house.secrets, folder, clock)
            ours_load.run(DEVICES, window=1)  # makes the series
            with mosquitto(folder, house.secrets) as peer_port:
                peer_load = Load(peer_port, house.secrets, folder, clock)
                ours, peer = [], []
                for _ in range(options.runs):
                    ours.append(ours_load.run(DEVICES, window=1))
                    peer.append(peer_load.run(DEVICES, window=1))
    except PeerMissing as error:
        return [make_missing_row("1,000 devices reconnect at once", str(error))]
    row = Row(
        "1,000 devices reconnect at once, all connected and acknowledged",
        "s",
        [result.total_seconds for result in ours],
        "Mosquitto, password file",
        [result.total_seconds for result in peer],
        note=f"all connected after {ours[-1].connect_seconds:.2f} s",
    )
    return [row.check_goal(f"< {GOAL_SECONDS:.0f} s", max(row.runs) < GOAL_SECONDS)]
