/** What is said about pictures, sounds, pages and tables. */
import type { Word } from '../state/language'

const pair = (english: string, french: string): Word => [english, french]

export const media = {
  title: pair('Media', 'Médias'),
  tables: pair('Tables', 'Tables'),
  none: pair('No media', 'Aucun média'),
  noneWhy: pair('Pictures, sounds, films and HTML that run.log() is given appear here.', 'Les images, sons, films et pages HTML donnés à run.log() apparaissent ici.'),
  noTables: pair('No tables', 'Aucune table'),
  noTablesWhy: pair('What is logged as wandb.Table appears here.', 'Ce qui est écrit comme wandb.Table apparaît ici.'),
  step: pair('Step', 'Pas'),
  stepOf: pair('Step of {name}', 'Pas de {name}'),
  latest: pair('Latest', 'Dernier'),
  overlays: pair('Boxes and masks', 'Boîtes et masques'),
  show: pair('Show', 'Montrer'),
  notDrawn: pair('This could not be drawn here.', 'Ceci n’a pas pu être dessiné ici.'),
  noShow: pair('This kind of file can be downloaded.', 'Ce type de fichier peut être téléchargé.'),
  gone: pair('The file is not there yet, or was removed.', 'Le fichier n’est pas encore là, ou a été retiré.'),
  all: pair('Show all {count}', 'Afficher les {count}'),
  page: pair('Page logged as {name}', 'Page écrite comme {name}'),
  find: pair('Find in the table', 'Chercher dans la table'),
  rows: pair('{first}–{last} of {count} rows', 'lignes {first}–{last} sur {count}'),
  noRows: pair('No row matches', 'Aucune ligne ne correspond'),
  earlier: pair('Previous rows', 'Lignes précédentes'),
  later: pair('Next rows', 'Lignes suivantes'),
  partly: pair('These are the first {shown} of {count} rows; the artifact holds all of them.', 'Voici les {shown} premières lignes sur {count} ; l’artefact les contient toutes.'),
  column: pair('Column', 'Colonne'),
  contains: pair('contains', 'contient'),
} as const
