/** Folder of the server's jars. */
export function s3ServerFolder(): string
/** Installs what is missing and gives {@link s3ServerFolder}. Safe to run by several processes at once. */
export function installS3Server(): string
