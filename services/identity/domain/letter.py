"""What we write to people, in English and French, as text and as HTML."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from html import escape

from services.identity.domain.user import Language, display_name


@dataclass(frozen=True, slots=True)
class Letter:
    """Ready to be sent to one mailbox."""

    to: str
    subject: str
    text: str
    html: str


@dataclass(frozen=True, slots=True)
class _Words:
    subject: str
    opening: str
    button: str
    closing: str


_INVITATION = {
    Language.ENGLISH: _Words(
        "{inviter} invites you to the team {team}",
        "{inviter} invites you to join the team {team} on Cordée as {role}.",
        "Join {team}",
        "The link works once, until {until}, and only for this mailbox."
        " If you do not know {inviter}, ignore this mail.",
    ),
    Language.FRENCH: _Words(
        "{inviter} vous invite dans l’équipe {team}",
        "{inviter} vous invite à rejoindre l’équipe {team} sur Cordée en tant que {role}.",
        "Rejoindre {team}",
        "Le lien fonctionne une seule fois, jusqu’au {until}, et seulement pour cette adresse."
        " Si vous ne connaissez pas {inviter}, ignorez ce message.",
    ),
}
_ROLES = {
    Language.ENGLISH: {"admin": "an admin", "member": "a member", "viewer": "a viewer"},
    Language.FRENCH: {"admin": "admin", "member": "membre", "viewer": "observateur"},
}
_SIGN_UP = {
    Language.ENGLISH: _Words(
        "Finish signing up to Cordée",
        "Somebody, hopefully you, wants to make an account on Cordée with this mailbox.",
        "Make the account",
        "The link works once, until {until}. If it was not you, ignore this mail.",
    ),
    Language.FRENCH: _Words(
        "Terminez votre inscription à Cordée",
        "Quelqu’un, vous sans doute, souhaite créer un compte Cordée avec cette adresse.",
        "Créer le compte",
        "Le lien fonctionne une seule fois, jusqu’au {until}. Si ce n’est pas vous, ignorez ce"
        " message.",
    ),
}
_KNOWN_ALREADY = {
    Language.ENGLISH: _Words(
        "You have a Cordée account already",
        "Somebody tried to sign up with this mailbox, which has an account: {username}.",
        "Sign in",
        "If you forgot the password, the sign-in page offers a new one."
        " If it was not you, ignore this mail.",
    ),
    Language.FRENCH: _Words(
        "Vous avez déjà un compte Cordée",
        "Quelqu’un a voulu s’inscrire avec cette adresse, qui a déjà un compte : {username}.",
        "Se connecter",
        "Si vous avez oublié le mot de passe, la page de connexion en propose un nouveau."
        " Si ce n’est pas vous, ignorez ce message.",
    ),
}
_RESET = {
    Language.ENGLISH: _Words(
        "Choose a new password for Cordée",
        "Somebody, hopefully you, asked for a new password for {username}.",
        "Choose a new password",
        "The link works once, until {until}. If it was not you, ignore this mail; the old password"
        " stays.",
    ),
    Language.FRENCH: _Words(
        "Choisissez un nouveau mot de passe pour Cordée",
        "Quelqu’un, vous sans doute, a demandé un nouveau mot de passe pour {username}.",
        "Choisir un mot de passe",
        "Le lien fonctionne une seule fois, jusqu’au {until}. Si ce n’est pas vous, ignorez ce"
        " message ; l’ancien mot de passe reste valable.",
    ),
}
_CONFIRM = {
    Language.ENGLISH: _Words(
        "Confirm your mailbox for Cordée",
        "{username} wants to use this mailbox on Cordée.",
        "Confirm the mailbox",
        "The link works once, until {until}. If it was not you, ignore this mail.",
    ),
    Language.FRENCH: _Words(
        "Confirmez votre adresse pour Cordée",
        "{username} souhaite utiliser cette adresse sur Cordée.",
        "Confirmer l’adresse",
        "Le lien fonctionne une seule fois, jusqu’au {until}. Si ce n’est pas vous, ignorez ce"
        " message.",
    ),
}
_PAGE = (
    '<!doctype html><html lang="{language}"><body style="font-family:sans-serif;color:#1c2330;'
    'line-height:1.5"><p>{opening}</p><p><a href="{link}" style="background:#1f5fbf;color:#fff;'
    'padding:10px 18px;border-radius:6px;text-decoration:none">{button}</a></p>'
    '<p style="color:#5a6475">{closing}</p><p style="color:#5a6475;font-size:small">{link}</p>'
    "</body></html>"
)


def invitation(
    to: str,
    language: Language,
    link: str,
    *,
    inviter: str,
    team: str,
    role: str,
    until: datetime,
) -> Letter:
    """To somebody who may join a team."""
    facts = {"inviter": display_name(inviter), "team": team, "role": _ROLES[language][role]}
    return _written(_INVITATION, to, language, link, facts | {"until": _day(until)})


def sign_up(to: str, language: Language, link: str, *, until: datetime) -> Letter:
    """To a mailbox that wants an account."""
    return _written(_SIGN_UP, to, language, link, {"until": _day(until)})


def known_already(to: str, language: Language, link: str, *, username: str) -> Letter:
    """To a mailbox that wants an account and has one."""
    return _written(_KNOWN_ALREADY, to, language, link, {"username": username})


def password_reset(
    to: str, language: Language, link: str, *, username: str, until: datetime
) -> Letter:
    """To somebody who forgot."""
    return _written(_RESET, to, language, link, {"username": username, "until": _day(until)})


def confirm_mailbox(
    to: str, language: Language, link: str, *, username: str, until: datetime
) -> Letter:
    """To the new mailbox of somebody."""
    return _written(_CONFIRM, to, language, link, {"username": username, "until": _day(until)})


def _written(
    words: dict[Language, _Words], to: str, language: Language, link: str, facts: dict[str, str]
) -> Letter:
    found = words[language]
    opening, closing = found.opening.format(**facts), found.closing.format(**facts)
    button = found.button.format(**facts)
    return Letter(
        to=to,
        subject=found.subject.format(**facts),
        text=f"{opening}\n\n{button}: {link}\n\n{closing}\n",
        html=_PAGE.format(
            language=language.value,
            opening=escape(opening),
            button=escape(button),
            closing=escape(closing),
            link=escape(link, quote=True),
        ),
    )


def _day(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M} UTC"
