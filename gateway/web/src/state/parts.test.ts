import { expect, it } from 'vitest'
import { unescaped } from './parts'

it.each([['a%3Db', 'a=b'], ['a%253Db', 'a%3Db'], ['%C3%A9t%C3%A9', 'été'], ['100%', '100%'], ['a=b&c', 'a=b&c']])('%s is %s', (part, name) => {
  expect(unescaped(part)).toBe(name)
})
