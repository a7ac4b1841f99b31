"""Simulated sites for the demo, tests and load: devices over real MQTT, cameras over real RTSP. A client of the outside
interface only: nothing here imports the server."""
