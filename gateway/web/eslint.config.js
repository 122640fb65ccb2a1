import js from '@eslint/js'
import hooks from 'eslint-plugin-react-hooks'
import ts from 'typescript-eslint'

export default ts.config(
  { ignores: ['node_modules', '*.config.*'] },
  js.configs.recommended,
  ...ts.configs.strict,
  hooks.configs.flat.recommended,
  {
    rules: {
      '@typescript-eslint/no-explicit-any': 'error',
      'max-lines': ['error', 300],
      'no-restricted-syntax': [
        'error',
        {
          selector: "JSXAttribute[name.name='dangerouslySetInnerHTML']",
          message: 'What people logged is text, or stands in a sandboxed frame.',
        },
      ],
      'no-restricted-imports': [
        'error',
        { paths: [{ name: 'uplot', message: 'Only charts/lineChart.ts draws.' }] },
      ],
      'no-undef': 'off',
      'react-hooks/set-state-in-effect': 'off',
      'react-hooks/incompatible-library': 'off',
      'react-hooks/refs': 'off',
      'react-hooks/purity': 'off',
    },
  },
  { files: ['src/charts/lineChart.ts'], rules: { 'no-restricted-imports': 'off' } },
)
