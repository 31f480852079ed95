import { channelFacts, type ChannelFact } from './channel.facts.js'
import { dialogFacts, type DialogFact } from './dialog.facts.js'
import { registrationFacts, type RegistrationFact } from './registration.facts.js'
import { securityFacts, type SecurityFact } from './security.facts.js'
import { switchFacts, type SwitchFact } from './switch.facts.js'

/** Everything that can stand in the switch stream. */
export type Fact = ChannelFact | SwitchFact | RegistrationFact | DialogFact | SecurityFact
export type FactType = Fact['type']

export const factDeclarations = [
  ...channelFacts,
  ...switchFacts,
  ...registrationFacts,
  ...dialogFacts,
  ...securityFacts,
] as const
