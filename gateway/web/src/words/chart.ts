/** What is said around charts. */
import type { Word } from '../state/language'

const pair = (english: string, french: string): Word => [english, french]

export const chart = {
  ofLines: pair('Chart of {metric} with {count} lines', 'Graphique de {metric} avec {count} courbes'),
  smoothing: pair('Smoothing', 'Lissage'),
  logarithmic: pair('Log scale', 'Échelle log'),
  logarithmicX: pair('Log x', 'x log'),
  clip: pair('Clip outliers', 'Écarter les extrêmes'),
  x: pair('Horizontal axis', 'Axe horizontal'),
  step: pair('Step', 'Pas'),
  relative: pair('Run time', 'Durée'),
  wall: pair('Clock time', 'Heure'),
  find: pair('Find metrics', 'Chercher des métriques'),
  noMetrics: pair('No metrics yet', 'Pas encore de métriques'),
  noMetricsWhy: pair('Numbers logged with run.log() are drawn here as they arrive.', 'Les nombres écrits avec run.log() sont tracés ici dès leur arrivée.'),
  noneMatch: pair('No metric matches', 'Aucune métrique ne correspond'),
  whole: pair('Whole range', 'Tout l’intervalle'),
  enlarge: pair('Enlarge', 'Agrandir'),
  picture: pair('Download as PNG', 'Télécharger en PNG'),
  points: pair('{count} points', '{count} points'),
  loneLetters: pair('Other metrics', 'Autres métriques'),
  strange: pair('{count} values were not finite', '{count} valeurs n’étaient pas finies'),
  noRuns: pair('Choose runs to draw', 'Choisissez des runs à tracer'),
} as const
