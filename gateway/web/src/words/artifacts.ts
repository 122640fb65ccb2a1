/** What is said about artifacts. */
import type { Word } from '../state/language'

const pair = (english: string, french: string): Word => [english, french]

export const artifacts = {
  title: pair('Artifacts', 'Artefacts'),
  none: pair('No artifacts', 'Aucun artefact'),
  noneWhy: pair('What run.log_artifact() keeps appears here, version by version.', 'Ce que run.log_artifact() garde apparaît ici, version par version.'),
  allTypes: pair('All types', 'Tous les types'),
  type: pair('Type', 'Type'),
  linked: pair('linked', 'lié'),
  versions: pair('Versions', 'Versions'),
  files: pair('Files', 'Fichiers'),
  lineage: pair('Where it comes from, and where it went', 'D’où il vient, où il est allé'),
  loggedBy: pair('Logged by', 'Écrit par'),
  usedBy: pair('Used by', 'Utilisé par'),
  nobody: pair('nobody', 'personne'),
  outputs: pair('Logged', 'Écrits'),
  inputs: pair('Used', 'Utilisés'),
  fileCount: pair('{count} files', '{count} fichiers'),
  use: pair('Use it', 'L’utiliser'),
  metadata: pair('Metadata', 'Métadonnées'),
  digest: pair('Digest', 'Empreinte'),
  reference: pair('reference', 'référence'),
  prefix: pair('Find files', 'Chercher des fichiers'),
} as const
