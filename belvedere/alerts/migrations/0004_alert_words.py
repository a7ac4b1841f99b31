import unicodedata

from django.db import migrations, models

AT_ONCE = 1000
METRICS = {
    "temperature": ("temperature", "Nhiệt độ", "Temperature"),
    "humidity": ("humidity", "Độ ẩm", "Humidity"),
    "pressure": ("pressure", "Áp suất", "Pressure"),
    "co2": ("co2", "CO₂", "CO₂"),
    "nh3": ("nh3", "Khí NH₃", "NH₃ gas"),
    "pm25": ("pm25", "Bụi PM2.5", "PM2.5"),
    "illuminance": ("illuminance", "Độ sáng", "Light"),
    "soil_moisture": ("soil_moisture", "Độ ẩm đất", "Soil moisture"),
    "ph": ("ph", "pH", "pH"),
    "voltage": ("voltage", "Điện áp", "Voltage"),
    "current": ("current", "Dòng điện", "Current"),
    "power": ("power", "Công suất", "Power"),
    "energy": ("energy", "Điện năng", "Energy"),
    "battery": ("battery", "Pin", "Battery"),
    "rssi": ("rssi", "Sóng", "Signal"),
    "water_level": ("water_level", "Mực nước", "Water level"),
    "flow": ("flow", "Lưu lượng", "Flow"),
    "speed": ("speed", "Tốc độ", "Speed"),
    "motion": ("motion", "Chuyển động", "Motion"),
    "smoke": ("smoke", "Khói", "Smoke"),
    "water_leak": ("water_leak", "Rò nước", "Water leak"),
    "door": ("door", "Cửa", "Door"),
    "window": ("window", "Cửa sổ", "Window"),
    "occupancy": ("occupancy", "Có người", "Occupancy"),
    "presence": ("presence", "Hiện diện", "Presence"),
    "gas": ("gas", "Rò khí", "Gas leak"),
    "vibration": ("vibration", "Rung", "Vibration"),
    "tamper": ("tamper", "Cạy mở", "Tamper"),
    "alarm": ("alarm", "Báo động", "Alarm"),
    "contact": ("contact", "Tiếp điểm", "Contact"),
    "relay": ("relay", "Rơ-le", "Relay"),
    "power_on": ("power_on", "Có điện", "Mains power"),
}


def fold(text):
    letters = unicodedata.normalize("NFKD", text.casefold()).replace("đ", "d")
    return "".join(letter for letter in letters if not unicodedata.combining(letter))


def make_words(*parts):
    """As the server wrote them for a new alert at the time of this migration."""
    return "".join(f" {fold(part)}" for part in parts if part)


def give_words(apps, _schema_editor):
    alerts = apps.get_model("alerts", "Alert").objects
    columns = ("pk", "title", "metric", "device_name", "zone")
    last = 0
    while rows := list(alerts.filter(pk__gt=last).order_by("pk").only(*columns)[:AT_ONCE]):
        for row in rows:
            row.words = make_words(row.title, row.device_name, row.zone, *METRICS.get(row.metric, ()))
        alerts.bulk_update(rows, ["words"])
        last = rows[-1].pk


class Migration(migrations.Migration):

    dependencies = [
        ("alerts", "0003_spans_silences"),
    ]

    operations = [
        migrations.AddField(
            model_name="alert",
            name="words",
            field=models.TextField(blank=True, default=""),
            preserve_default=False,
        ),
        migrations.RunPython(give_words, migrations.RunPython.noop),
    ]
