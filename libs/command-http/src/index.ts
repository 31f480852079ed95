export { registerRest, REST_LIMITS, type RestLimits, type RestOptions } from './rest/register-rest.js'
export { REST_ERRORS, type RestErrorCode } from './rest/rest-errors.js'
export type { RestServices } from './rest/rest-services.js'
export type { RestOperation, RestCall, RestAnswer } from './rest/rest-operation.js'
export { REST_OPERATIONS } from './operations/rest-operations.js'
export { openApiDocument } from './openapi/open-api-document.js'
export { REST_PREFIX } from './rest/rest-prefix.js'
export { restApi } from './rest/rest-api.js'
export { startRestServer, type RestServerOptions } from './rest/start-rest-server.js'
export {
  startWriteSide,
  vaultKeysOf,
  VAULT_KEY_MISSING,
  type RunningWriteSide,
  type VaultKeys,
  type WriteSide,
  type WriteSideOptions,
} from './write-side.js'
export { Problem } from './rest/problem.js'
export { startApiParts, type ApiParts, type ApiStores } from './start-api-parts.js'
export { phoneSetup, phoneSetupInput, PHONE_SETUP_ROLES, type PhoneSetupParts } from './phones/phone-setup-service.js'
export { makePhoneSetup, phoneSetupSchema, type PhoneSetup } from './phones/phone-setup.js'
export { PHONE_DEVICES, type PhoneDevice } from './phones/phone-guides.js'
export { frameworkErrors } from './rest/framework-errors.js'
export { restErrorTable, REST_ERRORS_BEGIN, REST_ERRORS_END } from './rest/rest-error-table.js'
