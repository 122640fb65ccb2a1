/** What is said about share links. */
import type { Word } from '../state/language'

const pair = (english: string, french: string): Word => [english, french]

export const shares = {
  share: pair('Share', 'Partager'),
  title: pair('Share {name}', 'Partager {name}'),
  why: pair('Whoever has the link sees this and nothing else, without signing in.', 'Qui possède le lien voit ceci et rien d’autre, sans se connecter.'),
  lasts: pair('The link works for', 'Le lien est valable'),
  spans: {
    '1': pair('one day', 'un jour'),
    '7': pair('a week', 'une semaine'),
    '30': pair('30 days', '30 jours'),
    '90': pair('90 days', '90 jours'),
    '365': pair('a year', 'un an'),
  },
  anonymous: pair('Anonymous: leave out names of people, team, project, machine and repository', 'Anonyme : sans noms de personnes, d’équipe, de projet, de machine ni de dépôt'),
  anonymousWhy: pair('What you wrote yourself stays: titles, notes, tags, config and metrics.', 'Ce que vous avez écrit reste : titres, notes, étiquettes, config et métriques.'),
  newestHidden: pair('Charts of the ten newest runs are not shown through a link: only runs that the report names.', 'Les graphiques des dix runs les plus récents ne sont pas montrés par un lien : seulement les runs que le rapport nomme.'),
  make: pair('Make a link', 'Créer un lien'),
  once: pair('Copy it now: it is shown this once.', 'Copiez-le maintenant : il n’est montré qu’une fois.'),
  yours: pair('The link', 'Le lien'),
  links: pair('Links that work', 'Liens valables'),
  noLinks: pair('No link shows this yet.', 'Aucun lien ne montre encore ceci.'),
  by: pair('made by {name}', 'créé par {name}'),
  ends: pair('ends', 'expire'),
  isAnonymous: pair('anonymous', 'anonyme'),
  kinds: {
    run: pair('This run', 'Ce run'),
    comparison: pair('A comparison of {count} runs', 'Une comparaison de {count} runs'),
    report: pair('This report', 'Ce rapport'),
  },
  revoke: pair('Revoke', 'Révoquer'),
  revokeTitle: pair('Revoke this link?', 'Révoquer ce lien ?'),
  revokeWhy: pair('Whoever has it sees nothing any more. There is no way back.', 'Qui le possède ne voit plus rien. C’est sans retour.'),
  revoked: pair('The link no longer works.', 'Le lien n’est plus valable.'),
  forbidden: pair('The team allows no public links: none can be made, and none works. Its admins can change that under Privacy.', 'L’équipe n’autorise pas les liens publics : aucun ne peut être créé, aucun n’est valable. Ses admins peuvent changer cela sous Confidentialité.'),
  shown: pair('Shared with you', 'Partagé avec vous'),
  shownBy: pair('Shared by {name} from {place}', 'Partagé par {name} depuis {place}'),
  until: pair('The link works until {when}.', 'Le lien est valable jusqu’au {when}.'),
  dead: pair('This link does not work', 'Ce lien n’est pas valable'),
  deadWhy: pair('It has expired, was revoked, or was not copied whole. Ask whoever sent it for a new one.', 'Il a expiré, a été révoqué ou n’a pas été copié en entier. Demandez-en un nouveau à qui l’a envoyé.'),
  comparison: pair('{count} runs compared', '{count} runs comparés'),
  history: pair('History as Parquet', 'Historique en Parquet'),
} as const
