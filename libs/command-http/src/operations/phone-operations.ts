import { phoneSetupSchema } from '../phones/phone-setup.js'
import { phoneSetup, phoneSetupInput, PHONE_SETUP_ROLES } from '../phones/phone-setup-service.js'
import type { RestOperation } from '../rest/rest-operation.js'
import { writeSideOf } from '../rest/rest-services.js'
import { parseInput } from './parse-input.js'

export const phoneOperations: readonly RestOperation[] = [
  {
    id: 'phoneSetup',
    method: 'POST',
    path: '/sip-users/{id}/phone-setup',
    group: 'Phones',
    roles: PHONE_SETUP_ROLES,
    summary: 'Tells how to set up a phone for a SIP user: settings, file and QR code',
    input: phoneSetupInput,
    command: false,
    answers: { 200: { description: 'The set-up', schema: phoneSetupSchema } },
    async run({ viewer, input }, services) {
      const { vault } = writeSideOf(services)
      const { things, phoneServer } = services
      return {
        status: 200,
        body: await phoneSetup(parseInput(phoneSetupInput, input), viewer!, { things, vault, phoneServer }),
      }
    },
  },
]
