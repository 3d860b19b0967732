import { readHeader } from '#dicom/header';
import { sendInstances } from '#dimse/storage-scu';
import { AgentError } from '#domain/errors';
import { defineCommand, exitCodes } from '#cli/command';
import { parseDestination } from '#cli/destination';
import { filesBelow } from '#cli/files';

/** Sends files by C-STORE, as they are. */
export default defineCommand({
  usage: 'send <file...>',
  summary: 'send DICOM files, or folders of them, by C-STORE',
  options: [
    ['--to <AE@host:port>', 'whom to send to'],
    ['--from <AE>', 'AE title to call ourselves', 'APICAL'],
    ['--timeout <seconds>', 'longest silence of the peer', '60'],
  ],
  async run({ args: [given], options }, terminal) {
    const to = parseDestination(options['to']);
    const paths = await filesBelow(given as readonly string[]);
    const files = paths.map((path) => ({ path, ...readHeader(path) }));
    const bar = terminal.progress('sending', files.length);
    const outcomes = await sendInstances({
      files,
      to,
      callingAeTitle: String(options['from']),
      timeoutMs: seconds(options['timeout']) * 1000,
      signal: terminal.stop,
      onSent: (index) => bar.update(index + 1),
    }).finally(() => bar.end());
    const objects = outcomes.map((outcome, index) => ({ file: files[index]!.path, ...outcome }));
    for (const { file, status, comment } of objects)
      if (status !== 0)
        terminal.say(`${file}: status ${hexadecimal(status)}${comment === undefined ? '' : `, ${comment}`}`);
    const sent = objects.filter(({ status }) => isStored(status)).length;
    terminal.say(`${sent} of ${objects.length} objects stored at ${to.aeTitle}@${to.host}:${to.port}`);
    return { document: { sent, objects }, exitCode: sent === objects.length ? exitCodes.ok : exitCodes.failed };
  },
});

/** Success, or a warning: stored with a remark (PS3.4 table B.2-1). */
function isStored(status: number): boolean {
  return status === 0 || status >> 12 === 0xb;
}

function hexadecimal(status: number): string {
  return `0x${status.toString(16).toUpperCase().padStart(4, '0')}`;
}

function seconds(text: unknown): number {
  const value = Number(text);
  if (!(value > 0)) throw new AgentError('REQUEST_INVALID', '--timeout takes a number of seconds.');
  return value;
}
