import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect } from '@jest/globals';
import { sendInstances } from '#dimse/storage-scu';
import { all, faultsOf, read, type Element } from '#test/audit/judge';
import { startSink } from '#test/audit/sink';
import { apical, startAgentProcess, until } from '#test/support/agent-process';
import { makeAuthority } from '#test/support/certificates';
import { makeDicom } from '#test/support/make-dicom';
import { testWith } from '#test/support/peers';

const folder = mkdtempSync(join(tmpdir(), 'apical-audited-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const uids = { study: '1.2.8.1', series: '1.2.8.1.1', sopInstance: '1.2.8.1.1.1' };

testWith(
  ['openssl'],
  'the audit log is told of start, arrival, query, reading, refusal, export and stop; nothing else names the patient',
  async () => {
    const authority = makeAuthority();
    const [server, client] = [authority.issue('server'), authority.issue('client')];
    const sink = await startSink(server);
    const dataFolder = join(folder, 'data');
    const path = join(folder, 'object.dcm');
    writeFileSync(path, makeDicom({ ...uids, patientId: 'ID-90210X', patientName: 'Vantongeren^Ada', frames: [1] }));
    const agent = await startAgentProcess(
      {
        log: { level: 'debug' },
        dimse: { port: 0, callingAeTitles: ['ECHO1'] },
        audit: { host: '127.0.0.1', port: sink.port, tls: client },
      },
      { dataFolder },
    );
    const send = (callingAeTitle: string) =>
      sendInstances({
        files: [
          {
            path,
            sopInstance: uids.sopInstance,
            sopClass: '1.2.840.10008.5.1.4.1.1.3.1',
            transferSyntax: '1.2.840.10008.1.2.1',
          },
        ],
        to: agent.dimse,
        callingAeTitle,
        timeoutMs: 20_000,
        signal: AbortSignal.timeout(20_000),
      });
    try {
      expect((await send('ECHO1'))[0]?.status).toBe(0);
      await expect(send('STRANGER')).rejects.toThrow();
      await fetch(new URL('/dicom-web/studies?PatientID=ID-90210X', agent.page));
      await fetch(new URL(`/dicom-web/studies/${uids.study}/metadata`, agent.page));
      await apical('export', uids.study, '--to', join(folder, 'out'), '--config', `${dataFolder}.json`);
      await until(async () => (agent.log().includes('"audit-told"') ? true : undefined), {
        what: 'the first messages',
      });
    } finally {
      await agent.kill('SIGTERM');
    }
    await sink.stop();

    const messages = sink.messages.map((message) => read(message.slice(message.indexOf('\ufeff') + 1)));
    expect(messages.flatMap(faultsOf)).toEqual([]);
    const [event, type] = [eventOf('EventID'), eventOf('EventTypeCode')];
    const told = messages.map((message) => [event(message), type(message)].filter(Boolean).join(' '));
    for (const wanted of ['110100 110120', '110104', '110112', '110113 110126', '110106', '110100 110121']) {
      expect(told).toContain(wanted);
    }
    const arrival = messages.find((message) => event(message) === '110104')!;
    expect(all(arrival, 'ActiveParticipant').map(({ attributes }) => attributes['UserID'])).toEqual([
      'ECHO1',
      'APICAL',
    ]);
    expect(
      all(arrival, 'ParticipantObjectIdentification').map(({ attributes }) => attributes['ParticipantObjectID']),
    ).toEqual([uids.study, 'ID-90210X']);
    expect(agent.log()).not.toMatch(/ID-90210X|Vantongeren/);
    expect(readFileSync(join(dataFolder, 'audit.sqlite'), 'latin1')).not.toContain('Vantongeren');
    rmSync(authority.folder, { recursive: true });
  },
  90_000,
);

function eventOf(name: string): (message: Element) => string | undefined {
  return (message) => all(all(message, 'EventIdentification')[0]!, name)[0]?.attributes['csd-code'];
}
