/** Where the broker lies when it is installed: `jars` and `formatted` are its parts. */
export function kafkaFolder(): string
/** Installs what is missing and gives {@link kafkaFolder}. Safe to run by several processes at once. */
export function installKafka(): string
