import { z } from 'zod'
import QRCode from 'qrcode'
import type { PhoneAccount } from './phone-account.js'
import type { PhoneSetting } from './phone-guide.js'
import { PHONE_DEVICES, PHONE_GUIDES, type PhoneDevice } from './phone-guides.js'

export const phoneSetupSchema = z.strictObject({
  device: z.enum(PHONE_DEVICES),
  title: z.string().describe('what people call the device'),
  hasPassword: z.boolean().describe('false: a placeholder stands where the password belongs'),
  settings: z.array(
    z.strictObject({
      place: z.string().describe('page or menu of the device'),
      name: z.string().describe('as the device calls it'),
      value: z.string(),
    }),
  ),
  file: z
    .strictObject({ name: z.string(), mediaType: z.string(), text: z.string() })
    .nullable()
    .describe('for a device that reads one'),
  qr: z.strictObject({
    text: z.string().describe('what the code holds: what the device scans, else the settings to be read and copied'),
    scannedByDevice: z.boolean(),
    svg: z.string(),
    png: z.string().describe('data URL'),
  }),
  notes: z.array(z.string()),
})
export type PhoneSetup = z.infer<typeof phoneSetupSchema>

/** How to set up a phone for an account: by hand, by a file, by a QR code. */
export async function makePhoneSetup(device: PhoneDevice, account: PhoneAccount): Promise<PhoneSetup> {
  const guide = PHONE_GUIDES[device]
  const settings = guide.settings(account)
  const link = guide.link?.(account)
  const text = link ?? readable(settings)
  const [svg, png] = await Promise.all([
    QRCode.toString(text, { type: 'svg', errorCorrectionLevel: 'M' }),
    QRCode.toDataURL(text, { errorCorrectionLevel: 'M' }),
  ])
  return {
    device,
    title: guide.title,
    hasPassword: account.password !== null,
    settings: [...settings],
    file: guide.file?.(account) ?? null,
    qr: { text, scannedByDevice: link !== undefined, svg, png },
    notes: [...guide.notes],
  }
}

const readable = (settings: readonly PhoneSetting[]) =>
  settings.map(({ name, value }) => `${name}: ${value}`).join('\n')
