/** Name of the view and of its checkpoint; its one partition is the whole event store. */
export const VIEW = 'provisioning'
export const PARTITION = 0

export const POSITION_READ = `SELECT position FROM checkpoints WHERE projection = '${VIEW}' AND partition_no = ${PARTITION}`
