"""Settings come from the environment, are refused where they are unsafe, and never show a secret."""

import base64

import pytest

from exports.mail import SettingsError, SmtpSettings, links_from, redact
from exports.mail.settings import Tls

BASE = {"JALON_SMTP_HOST": "smtp.exemple.fr", "JALON_SMTP_FROM": "jalon@exemple.fr"}
ACCOUNT = {"JALON_SMTP_USER": "robot", "JALON_SMTP_PASSWORD": "planted-secret"}


def test_tls_is_the_default_and_each_kind_has_its_port() -> None:
    settings = SmtpSettings.from_environment(BASE)
    assert settings is not None
    assert (settings.tls, settings.port) == (Tls.STARTTLS, 587)
    implicit = SmtpSettings.from_environment({**BASE, "JALON_SMTP_TLS": "implicit"})
    assert implicit is not None
    assert implicit.port == 465
    assert SmtpSettings.from_environment({}) is None


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"JALON_SMTP_TLS": "none"}, "relay on this machine only"),
        ({"JALON_SMTP_TLS": "maybe"}, "expected starttls, implicit or none"),
        ({"JALON_SMTP_PORT": "99999"}, "not a port"),
        ({"JALON_SMTP_FROM": "Jalon <a@b.fr>"}, "JALON_SMTP_FROM"),
        ({"JALON_SMTP_FROM": "a@b.fr\r\nBcc: x@y.fr"}, "JALON_SMTP_FROM"),
        ({"JALON_SMTP_PASSWORD": "planted-secret"}, "go together"),
        ({"JALON_SMTP_USER": "robot"}, "go together"),
        ({"JALON_SMTP_CA_FILE": "/no/such.pem"}, "no file"),
    ],
)
def test_an_unsafe_or_wrong_setting_names_its_variable_and_no_secret(more: dict[str, str], said: str) -> None:
    with pytest.raises(SettingsError, match=said) as caught:
        SmtpSettings.from_environment({**BASE, **more})
    assert "planted-secret" not in str(caught.value)


@pytest.mark.parametrize(
    "url",
    ["http://exemple.fr", "ftp://exemple.fr", "https://u:planted-secret@exemple.fr", "https://a\nb", "exemple.fr"],
)
def test_a_link_is_https_without_an_account_in_it(url: str) -> None:
    with pytest.raises(SettingsError, match="JALON_PUBLIC_URL") as caught:
        links_from({"JALON_PUBLIC_URL": url})
    assert "planted-secret" not in str(caught.value)


def test_a_secret_shows_in_no_text_whatever_form_a_server_repeats_it_in() -> None:
    settings = SmtpSettings.from_environment({**BASE, **ACCOUNT})
    assert settings is not None
    assert "planted-secret" not in f"{settings!r} {settings}"
    plain = base64.b64encode(b"\0robot\0planted-secret").decode()
    login = base64.b64encode(b"planted-secret").decode()
    said = redact(f"535 {plain} {login}\r\n\x1b[31mplanted-secret", settings.secrets)
    assert said == "535 ••• ••• [31m•••"
