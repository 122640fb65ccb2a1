/** Runs of a sweep, the best first. */
import type { UseQueryResult } from '@tanstack/react-query'
import { Link } from 'wouter'
import type { Page } from '../../api/client'
import type { Run } from '../../api/projects'
import type { Sweep } from '../../api/sweeps'
import { useWords } from '../../state/language'
import { Moment, StateBadge } from '../../ui/marks'
import { Panel } from '../../ui/shell'
import { Empty, Loaded } from '../../ui/states'
import { project as projectWords } from '../../words/project'
import { shell } from '../../words/shell'
import { sweeps as words } from '../../words/sweeps'
import { shown, valueOf } from '../project/columns'

export function SweepRuns({ sweep, query, most }: { sweep: Sweep; query: UseQueryResult<Page<Run>>; most: number }) {
  const t = useWords()
  const { entity, project, metric, parameters, best_run } = sweep
  return (
    <Panel title={t(words.runs)}>
      <Loaded query={query} isEmpty={(page) => page.items.length === 0} empty={<Empty title={t(words.noRuns)} />}>
        {(page) => (
          <>
            <div className="scroll tall" tabIndex={0} role="region" aria-label={t(words.runs)}>
              <table className="plain numbers">
                <thead><tr><th>{t(shell.name)}</th><th>{t(projectWords.state)}</th>{metric && <th>{metric}</th>}{parameters.map(({ path }) => <th key={path}>{path}</th>)}<th>{t(projectWords.created)}</th></tr></thead>
                <tbody>
                  {page.items.map((run) => (
                    <tr key={run.id} data-run={run.name}>
                      <td><Link href={`/${entity}/${project}/runs/${run.name}`}>{run.display_name}</Link>{run.name === best_run && <span className="best" title={t(projectWords.best)}> ★</span>}</td>
                      <td><StateBadge state={run.state} /></td>
                      {metric && <td>{shown(valueOf(run, `summary.${metric}`))}</td>}
                      {parameters.map(({ path }) => <td key={path}>{shown(valueOf(run, `config.${path}`))}</td>)}
                      <td className="quiet small"><Moment at={run.created_at} /></td>
                    </tr>
                  ))}
                </tbody>
              </table>
            </div>
            {page.next !== null && <p className="body quiet small">{t(words.cut, { count: most })}</p>}
          </>
        )}
      </Loaded>
    </Panel>
  )
}
