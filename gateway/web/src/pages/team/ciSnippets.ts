/** What to paste into a pipeline. Pure. */

export type Ci = 'github' | 'gitlab' | 'shell'
export const CI_NAMES: readonly (readonly [Ci, string])[] = [['github', 'GitHub Actions'], ['gitlab', 'GitLab CI'], ['shell', 'Shell']]

/** Runs are attributed to whoever started the job, where they are a member of the team. */
export function snippet(ci: Ci, team: string, origin: string, notes: Record<Ci, string>): string {
  if (ci === 'github') {
    return [
      `# ${notes.github}`,
      'jobs:',
      '  train:',
      '    runs-on: ubuntu-latest',
      '    env:',
      `      WANDB_BASE_URL: ${origin}`,
      '      WANDB_API_KEY: ${{ secrets.WANDB_API_KEY }}',
      `      WANDB_ENTITY: ${team}`,
      '      WANDB_USERNAME: ${{ github.actor }}',
      '    steps:',
      '      - uses: actions/checkout@v4',
      '      - run: pip install wandb==0.31.0',
      '      - run: python train.py',
    ].join('\n')
  }
  if (ci === 'gitlab') {
    return [
      `# ${notes.gitlab}`,
      'train:',
      '  image: python:3.11',
      '  variables:',
      `    WANDB_BASE_URL: ${origin}`,
      `    WANDB_ENTITY: ${team}`,
      '    WANDB_USERNAME: $GITLAB_USER_LOGIN',
      '  script:',
      '    - pip install wandb==0.31.0',
      '    - python train.py',
    ].join('\n')
  }
  return [
    `export WANDB_BASE_URL=${origin}`,
    `export WANDB_API_KEY=…   # ${notes.shell}`,
    `export WANDB_ENTITY=${team}`,
    'export WANDB_USERNAME=$USER',
    'python train.py',
  ].join('\n')
}
