/** What a run logged and what it used. */
import { useInfiniteQuery } from '@tanstack/react-query'
import { listRunArtifacts } from '../../api/artifacts'
import type { RunPath } from '../../api/runs'
import { useWords } from '../../state/language'
import { Button } from '../../ui/button'
import { Panel } from '../../ui/shell'
import { Failed, itemsOf, Waiting } from '../../ui/states'
import { artifacts as words } from '../../words/artifacts'
import { shell } from '../../words/shell'
import { VersionLines } from '../artifacts/VersionLines'

export function RunArtifacts({ path }: { path: RunPath }) {
  return <div className="stack"><Side path={path} direction="output" /><Side path={path} direction="input" /></div>
}

function Side({ path, direction }: { path: RunPath; direction: 'output' | 'input' }) {
  const t = useWords()
  const found = useInfiniteQuery({
    queryKey: ['run artifacts', path.entity, path.project, path.run, direction],
    queryFn: ({ pageParam }) => listRunArtifacts(path.entity, path.project, path.run, direction, pageParam),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.next,
  })
  const title = t(direction === 'output' ? words.outputs : words.inputs)
  return (
    <Panel title={title} foot={found.hasNextPage && <Button slim busy={found.isFetchingNextPage} onClick={() => void found.fetchNextPage()}>{t(shell.more)}</Button>}>
      {found.isPending && <Waiting />}
      {found.isError && <Failed error={found.error} again={() => void found.refetch()} />}
      {found.data && <VersionLines versions={itemsOf(found)} place={path} named />}
    </Panel>
  )
}
