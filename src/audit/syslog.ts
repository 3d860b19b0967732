/** From where a message comes, as syslog names it. */
export interface SyslogSender {
  readonly host: string;
  readonly processId: number;
}

// Facility 10 (security and authorization), severity 5 (normal, but significant): PS3.15 section A.6, RFC 5424 section 6.2.1.
const priority = 10 * 8 + 5;

/** An audit message as a syslog message (RFC 5424) with the message type that PS3.15 section A.6 asks for; UTF-8, so with a BOM. */
export function syslogMessage(xml: string, at: number, { host, processId }: SyslogSender): Buffer {
  const name = host.replace(/[^\x21-\x7e]/g, '-').slice(0, 255) || '-';
  const header = `<${priority}>1 ${new Date(at).toISOString()} ${name} apical ${processId} DICOM+RFC3881 -`;
  return Buffer.from(`${header} \ufeff${xml}`);
}

/** Octet counting: what RFC 5425 section 4.3 puts before each message on a TLS connection. */
export function framed(message: Buffer): Buffer {
  return Buffer.concat([Buffer.from(`${message.length} `), message]);
}
