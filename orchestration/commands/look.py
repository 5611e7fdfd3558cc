"""`jalon look`: the Word template and the theme in use; a copy of the shipped template; what a template lacks."""

from pathlib import Path

import click

from orchestration.services.runtime.paths import Paths
from orchestration.services.session.appearance import (
    NEUTRAL_THEME,
    TEMPLATE,
    THEME_VARIABLE,
    dashboard_theme,
    template_of,
)
from sources.command_line import command


def look(paths: Paths, out: Path | None, check: Path | None) -> int:
    """Write the shipped template, check one, or print what is in use; 0 when it can be rendered with, else 1."""
    if out is not None:
        return _write(paths, out)
    if check is not None:
        return _check(check)
    return _log(paths)


def _write(paths: Paths, out: Path) -> int:
    from exports.word.styles import TEMPLATE as SHIPPED

    target = out / TEMPLATE if out.is_dir() else out
    if target.exists():
        click.echo(
            f"erreur\u00a0: {target} existe déjà et contient peut-être vos changements. Donnez un autre nom.", err=True
        )
        return 1
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes(SHIPPED.read_bytes())
    click.echo(str(target))
    check = command("look", "--check", str(target))
    click.echo(
        "Modifiez-le dans Word (styles, page de garde, en-tête, pied de page, textes fixes), vérifiez-le par "
        f"« {check} », puis placez-le ici : {paths.home / TEMPLATE} ; le prochain rendu le prend."
    )
    return 0


def _check(path: Path) -> int:
    from exports.word.template import TemplateError, open_template

    try:
        open_template(path)
    except TemplateError as error:
        click.echo(f"erreur\u00a0: {error}", err=True)
        return 1
    click.echo(f"{path.name} : rien ne manque à ce modèle.")
    return 0


def _log(paths: Paths) -> int:
    from exports.dashboard.writer import themes

    template, theme = template_of(paths), dashboard_theme()
    known = ", ".join(themes())
    click.echo(f"modèle Word : {template or 'celui livré avec Jalon'}")
    click.echo(f"thème du tableau de bord : {theme} ({THEME_VARIABLE} : {known} ; {NEUTRAL_THEME} sans réglage)")
    if theme not in themes():
        click.echo(f"erreur\u00a0: thème {theme!r} inconnu → {THEME_VARIABLE} parmi {known}", err=True)
        return 1
    return _check(template) if template else 0
