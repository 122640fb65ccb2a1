/** Language and theme. */
import { updateMe, type Language } from '../../api/account'
import { useSpeech } from '../../state/language'
import { useSession } from '../../state/session'
import { chooseTheme, useTheme, type Theme } from '../../state/theme'
import { Segments } from '../../ui/button'
import { Panel } from '../../ui/shell'
import { useToasts } from '../../ui/toasts'
import { account as words } from '../../words/account'
import { shell } from '../../words/shell'

export function Appearance() {
  const { t, language, speak } = useSpeech()
  const theme = useTheme()
  const { refresh } = useSession()
  const { complain } = useToasts()
  const choose = (chosen: Language) => {
    speak(chosen)
    updateMe({ language: chosen }).then(refresh, complain)
  }
  return (
    <Panel title={t(words.appearance)}>
      <ul className="lines">
        <li><span className="grow">{t(shell.language)}</span><Segments<Language> label={t(shell.language)} value={language} choices={[['en', 'English'], ['fr', 'Français']]} onChoose={choose} /></li>
        <li><span className="grow">{t(shell.theme)}</span><Segments<Theme> label={t(shell.theme)} value={theme} choices={[['system', t(shell.system)], ['light', t(shell.light)], ['dark', t(shell.dark)]]} onChoose={chooseTheme} /></li>
      </ul>
    </Panel>
  )
}
