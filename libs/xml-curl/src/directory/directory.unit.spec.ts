import { beforeEach, describe, expect, it } from '@jest/globals'
import { sipDigests } from '@trunkline/vault'
import { answerXmlCurl } from '../answer.js'
import { NOT_FOUND } from '../document.js'
import { passwordOf, Sample, TENANT, uuid } from '../testing/index.js'

let sample: Sample
beforeEach(async () => {
  sample = new Sample()
  await sample.user(1, 'Alice', { aliases: ['care4w-1000001'], displayName: 'Alice ${x} "Liddell"' })
})
const ask = (user: string, fields: Record<string, string> = {}, cacheMs?: number) =>
  answerXmlCurl(
    { things: sample.things, vault: sample.vault, options: { cacheMs } },
    new Map(Object.entries({ section: 'directory', key: 'id', user, domain: TENANT, ...fields })),
  )
const variable = (xml: string, name: string) => new RegExp(`<variable name="${name}" value="([^"]*)"`).exec(xml)?.[1]

describe('a user of the directory', () => {
  it('is found without regard to case, under the name that was asked for, with a digest and no password', async () => {
    const xml = await ask('alice', { action: 'sip_auth' })
    const { ha1 } = sipDigests({ username: 'Alice', domain: TENANT, password: passwordOf('Alice') })
    expect(xml).toContain(`<user id="alice" cacheable="60000">`)
    expect(xml).toContain(`<param name="a1-hash" value="${ha1}"/>`)
    expect(xml).not.toContain(passwordOf('Alice'))
    expect([variable(xml, 'accountcode'), variable(xml, 'trunkline_tenant')]).toEqual([uuid(1), TENANT])
    expect(variable(xml, 'effective_caller_id_name')).toBe('Alice x Liddell')
  })
  it('is the same for every question, since the switch keeps one answer for all', async () => {
    const answers = ['sip_auth', 'user_call', 'message-count', 'voicemail-lookup', ''].map((action) =>
      ask('alice', { action }),
    )
    expect(new Set(await Promise.all(answers)).size).toBe(1)
  })
  it('can be called by an alias, and not be authenticated or kept by it', async () => {
    const xml = await ask('care4w-1000001', { action: 'user_call' })
    expect(xml).toContain('<user id="care4w-1000001">')
    const ofTenant = `sip_invite_domain=${TENANT},trunkline_tenant=${TENANT}`
    // phones that are registered at FreeSWITCH itself come first
    expect(xml).toContain(`{presence_id=Alice@${TENANT},${ofTenant}}\${sofia_contact(*/Alice@${TENANT})}|`)
    expect(xml).toContain(`|[${ofTenant}]sofia/kamailio/Alice@${TENANT};fs_path=`)
    expect(await ask('care4w-1000001', { action: 'sip_auth' })).toBe(NOT_FOUND)
  })
  it('is kept under names alone that the switch is told to forget when the user changes', async () => {
    for (const name of ['alice', 'Alice']) expect(await ask(name)).toContain(`<user id="${name}" cacheable="60000">`)
    for (const name of ['ALICE', 'aLice']) expect(await ask(name)).toContain(`<user id="${name}">`)
    expect(await ask('alice', { domain: TENANT.toUpperCase() })).toContain('<user id="alice">')
  })
  it('is not kept when caching is off', async () => {
    expect(await ask('alice', {}, 0)).toContain('<user id="alice">')
  })
  it('has no name once the person was erased', async () => {
    await sample.vault.erasePerson(uuid(1))
    const xml = await ask('alice')
    expect(variable(xml, 'effective_caller_id_name')).toBeUndefined()
    expect(variable(xml, 'effective_caller_id_number')).toBe('Alice')
  })
  it('without a credential, or with one that was destroyed, authenticates nobody', async () => {
    await sample.vault.destroySecrets([uuid(500_001)])
    const xml = await ask('alice', { action: 'sip_auth' })
    expect(xml).not.toContain('a1-hash')
    expect(xml).toContain('<param name="allow-empty-password" value="false"/>')
  })
  it.each([
    ['is suspended', { status: 'suspended' as const }],
    ['is removed', { status: 'removed' as const }],
  ])('is not found when it %s', async (_, more) => {
    await sample.user(1, 'Alice', more)
    expect(await ask('alice', { action: 'sip_auth' })).toBe(NOT_FOUND)
    expect(await ask('alice')).toBe(NOT_FOUND)
  })
  it('is not found by what is no user, domain or key of ours', async () => {
    await sample.room(2, '3501')
    expect(await ask('3501')).toBe(NOT_FOUND)
    expect(await ask('alice', { domain: 'other.example' })).toBe(NOT_FOUND)
    expect(await ask('alice', { key: 'number-alias' })).toBe(NOT_FOUND)
    expect(await ask('alice', { purpose: 'network-list' })).toBe(NOT_FOUND)
    expect(await ask("alice' OR 1=1")).toBe(NOT_FOUND)
    expect(await ask('a'.repeat(1_000_000))).toBe(NOT_FOUND)
  })
})
