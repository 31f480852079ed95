/** Before the path of every operation. */
export const REST_PREFIX = '/v1'
