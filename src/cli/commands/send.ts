import { readHeader } from '#dicom/header';
import { sendInstances } from '#dimse/storage-scu';
import { AgentError, asAgentError } from '#domain/errors';
import { defineCommand, exitCodes } from '#cli/command';
import { parseDestination } from '#cli/destination';
import { filesBelow } from '#cli/files';

/** What became of one file: the peer's status, or why it was not sent. */
interface Sent {
  readonly file: string;
  readonly sopInstance?: string;
  readonly status?: number;
  readonly comment?: string;
}

/** Sends files by C-STORE, as they are. */
export default defineCommand({
  usage: 'send <file...>',
  summary: 'send DICOM files, or folders of them, by C-STORE',
  options: [
    ['--to <AE@host:port>', 'whom to send to, such as PACS@pacs.example:104 (required)'],
    ['--from <AE>', 'AE title to call ourselves', 'APICAL'],
    ['--timeout <seconds>', 'longest silence of the peer', '60'],
  ],
  async run({ args: [given], options }, terminal) {
    const to = parseDestination(options['to']);
    const objects = (await filesBelow(given as readonly string[])).map(readable);
    const files = objects.flatMap(({ header }) => header ?? []);
    const bar = terminal.progress('sending', files.length);
    const outcomes = await sendInstances({
      files,
      to,
      callingAeTitle: String(options['from']),
      timeoutMs: seconds(options['timeout']) * 1000,
      signal: terminal.stop,
      onSent: (index) => bar.update(index + 1),
    }).finally(() => bar.end());
    const statusOf = new Map(outcomes.map((outcome, index) => [files[index]?.path, outcome]));
    const sent = objects.map(({ file, comment }): Sent => ({ file, ...(statusOf.get(file) ?? { comment }) }));
    for (const each of sent) if (!isStored(each)) terminal.say(`${each.file}: ${wordsFor(each)}`);
    const stored = sent.filter(isStored).length;
    terminal.say(`${stored} of ${sent.length} objects stored at ${to.aeTitle}@${to.host}:${to.port}`);
    const document = { sent: stored, objects: sent };
    return { document, exitCode: stored === sent.length ? exitCodes.ok : exitCodes.failed };
  },
});

/** A file that is no DICOM stops no other. */
function readable(file: string) {
  try {
    return { file, header: { path: file, ...readHeader(file) }, comment: '' };
  } catch (thrown) {
    return { file, header: undefined, comment: asAgentError(thrown).message };
  }
}

/** Success, or a warning: stored with a remark (PS3.4 table B.2-1). */
function isStored({ status }: Sent): boolean {
  return status === 0 || (status !== undefined && status >> 12 === 0xb);
}

function wordsFor({ status, comment }: Sent): string {
  const code = status === undefined ? 'not sent' : `status 0x${status.toString(16).toUpperCase().padStart(4, '0')}`;
  return comment === undefined ? code : `${code}, ${comment}`;
}

function seconds(text: unknown): number {
  const value = Number(text);
  if (!(value > 0)) throw new AgentError('REQUEST_INVALID', '--timeout takes a number of seconds.');
  return value;
}
