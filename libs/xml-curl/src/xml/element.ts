import { AppData } from './app-data.js'
import { escapeForeign, escapeXml } from './xml-text.js'

/** A string is foreign text and means nothing but itself; {@link AppData} is interpreted by FreeSWITCH. */
export type AttributeValue = string | number | boolean | AppData
/** Undefined attributes and children are left out. */
export type Attributes = Readonly<Record<string, AttributeValue | undefined>>

export interface Element {
  readonly name: string
  readonly attributes: Attributes
  readonly children: readonly Element[]
}

const NAME = /^[A-Za-z][A-Za-z0-9_.-]*$/

/** An element; its name and the names of its attributes are ours. */
export function element(
  name: string,
  attributes: Attributes = {},
  children: readonly (Element | undefined)[] = [],
): Element {
  for (const each of [name, ...Object.keys(attributes)]) if (!NAME.test(each)) throw new TypeError('not a name of XML')
  return { name, attributes, children: children.filter((child) => child !== undefined) }
}

export const param = (name: string, value: AttributeValue) => element('param', { name, value })

export function params(values: Readonly<Record<string, AttributeValue | undefined>>): Element[] {
  return Object.entries(values).flatMap(([name, value]) => (value === undefined ? [] : [param(name, value)]))
}

/**
 * A whole document with one element on a line: FreeSWITCH's preprocessor works on lines, and drops a line with `<?`
 * in it, so the declaration stands alone.
 */
export function renderDocument(root: Element): string {
  const lines = ['<?xml version="1.0" encoding="UTF-8" standalone="no"?>']
  write(root, '', lines)
  return `${lines.join('\n')}\n`
}

function write({ name, attributes, children }: Element, indent: string, lines: string[]): void {
  const written = Object.entries(attributes).flatMap(([key, value]) =>
    value === undefined ? [] : [` ${key}="${textOf(value)}"`],
  )
  const open = `${indent}<${name}${written.join('')}`
  if (children.length === 0) {
    lines.push(`${open}/>`)
    return
  }
  lines.push(`${open}>`)
  for (const child of children) write(child, `${indent}  `, lines)
  lines.push(`${indent}</${name}>`)
}

function textOf(value: AttributeValue): string {
  return value instanceof AppData ? escapeXml(value.text) : escapeForeign(String(value))
}
