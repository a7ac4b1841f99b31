"""How Django talks to MySQL and MariaDB."""

from pymysql.connections import Connection

from belvedere.config.settings.mysql import install_driver


def test_connections_share_what_tls_needs_unless_they_have_settings_of_their_own() -> None:
    install_driver()
    first, second, own = (
        Connection(defer_connect=True),
        Connection(defer_connect=True),
        Connection(defer_connect=True, ssl={"cipher": "HIGH"}),
    )
    assert first.ctx is second.ctx
    assert own.ctx is not first.ctx
