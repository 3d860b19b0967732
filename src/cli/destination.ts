import { AgentError } from '#domain/errors';

/** A DICOM application entity as people write it: `ARCHIVE@pacs.example:104`. Throws REQUEST_INVALID. */
export function parseDestination(text: unknown): { aeTitle: string; host: string; port: number } {
  const [, aeTitle, host, port] =
    /^([^@\\]{1,16})@\[?([^@\s]+?)\]?:(\d{1,5})$/.exec(typeof text === 'string' ? text : '') ?? [];
  if (aeTitle === undefined || host === undefined || !(Number(port) >= 1 && Number(port) <= 65_535))
    throw new AgentError('REQUEST_INVALID', 'Say whom to send to as AE@host:port, such as ARCHIVE@pacs.example:104.');
  return { aeTitle, host, port: Number(port) };
}
