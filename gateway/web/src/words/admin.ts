/** What is said to those who run the instance. */
import type { Word } from '../state/language'

const pair = (english: string, french: string): Word => [english, french]

export const admin = {
  users: pair('People', 'Personnes'),
  teams: pair('Teams', 'Équipes'),
  health: pair('Health', 'Santé'),
  letters: pair('Dead letters', 'Lettres mortes'),
  audit: pair('Audit log', 'Journal d’audit'),
  refused: pair('Only administrators of the instance come here.', 'Seuls les administrateurs de l’instance entrent ici.'),
  findUsers: pair('Find people', 'Chercher des personnes'),
  newUser: pair('New account', 'Nouveau compte'),
  createdUser: pair('{name} has an account', '{name} a un compte'),
  keyHandOver: pair('Their first API key; hand it over.', 'Sa première clé d’API ; transmettez-la.'),
  noUsers: pair('Nobody matches', 'Personne ne correspond'),
  administrator: pair('administrator', 'administrateur'),
  deactivated: pair('deactivated', 'désactivé'),
  makeAdmin: pair('Make administrator', 'Nommer administrateur'),
  unmakeAdmin: pair('No longer administrator', 'Plus administrateur'),
  makeAdminWhy: pair('They will manage every account and team of this instance.', 'Cette personne gérera tous les comptes et toutes les équipes de l’instance.'),
  unmakeAdminWhy: pair('They keep their account, their runs and their teams.', 'Cette personne garde son compte, ses runs et ses équipes.'),
  deactivateWhy: pair('They are signed out everywhere, and their keys are refused within a second. Runs that are under way can no longer log.', 'Cette personne est déconnectée partout, ses clés sont refusées en une seconde. Ses runs en cours ne peuvent plus écrire.'),
  deactivate: pair('Deactivate', 'Désactiver'),
  reactivate: pair('Reactivate', 'Réactiver'),
  resetLink: pair('Link for a new password', 'Lien pour un nouveau mot de passe'),
  resetLinkWhy: pair('Hand over this link. It works once.', 'Transmettez ce lien. Il vaut une fois.'),
  deleteUser: pair('Delete {name}?', 'Supprimer {name} ?'),
  deleteUserWhy: pair('Their keys and sessions stop to count. Their runs stay, attributed to the name.', 'Ses clés et sessions cessent de compter. Ses runs restent, à son nom.'),
  ready: pair('Everything works', 'Tout fonctionne'),
  notReady: pair('Something does not work', 'Quelque chose ne fonctionne pas'),
  readyWhy: pair('Each service has just written something durable.', 'Chaque service vient d’écrire quelque chose de durable.'),
  noLetters: pair('No dead letters', 'Aucune lettre morte'),
  noLettersWhy: pair('Messages that no handler could take would be kept here.', 'Les messages qu’aucun traitement n’a pu prendre seraient gardés ici.'),
  replay: pair('Take it again', 'Le reprendre'),
  replayed: pair('replayed by {who}', 'repris par {who}'),
  members: pair('{count} members', '{count} membres'),
} as const

export const palette = {
  title: pair('Jump to', 'Aller à'),
  find: pair('A page, a team, a project…', 'Une page, une équipe, un projet…'),
  nothing: pair('Nothing of that name', 'Rien de ce nom'),
  help: pair('Keyboard', 'Clavier'),
  open: pair('Search and jump', 'Chercher et aller'),
  showHelp: pair('This help', 'Cette aide'),
  closeAny: pair('Close', 'Fermer'),
  zoom: pair('Drag over a chart to zoom, double-click to zoom out', 'Glisser sur un graphique pour zoomer, double-clic pour revenir'),
} as const
