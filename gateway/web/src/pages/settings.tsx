/** `/settings`: one's own account. */
import { useParts } from '../state/address'
import { useWords } from '../state/language'
import { Heading, Tabs } from '../ui/shell'
import { Empty } from '../ui/states'
import { account as words } from '../words/account'
import { shell } from '../words/shell'
import { Appearance } from './settings/Appearance'
import { Keys } from './settings/Keys'
import { Profile } from './settings/Profile'
import { Security } from './settings/Security'

export default function SettingsPage() {
  const t = useWords()
  const { tab = '' } = useParts()
  return (
    <div className="page narrow">
      <Heading title={t(shell.settings)} />
      <Tabs label={t(shell.settings)} base="/settings" current={tab} tabs={[['', t(words.profile)], ['keys', t(words.keys)], ['security', t(words.security)], ['appearance', t(words.appearance)]]} />
      {tab === '' && <Profile />}
      {tab === 'keys' && <Keys />}
      {tab === 'security' && <Security />}
      {tab === 'appearance' && <Appearance />}
      {!['', 'keys', 'security', 'appearance'].includes(tab) && <Empty title={t(shell.absent)} />}
    </div>
  )
}
