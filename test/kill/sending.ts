import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { sendInstances } from '#dimse/storage-scu';
import type { AgentProcess } from '#test/support/agent-process';
import type { Sample } from './sample.ts';

/** Sends in order until the receiver is gone, and tells of each object that was acknowledged with success. */
export type Send = (
  samples: readonly Sample[],
  to: AgentProcess['dimse'],
  acknowledged: (sample: Sample) => void,
) => Promise<void>;

export const sendOurselves: Send = async (files, to, acknowledged) => {
  const signal = new AbortController().signal;
  const onSent = (index: number, status: number) => void (status === 0 && acknowledged(files[index]!));
  await sendInstances({ files, to, callingAeTitle: 'KILL', timeoutMs: 20_000, signal, onSent }).catch(() => undefined);
};

/** dcmtk's storescu, which says of each file when it was acknowledged. */
export const sendByStorescu: Send = async (files, to, acknowledged) => {
  const syntax = files.every(({ transferSyntax }) => transferSyntax.endsWith('.4.50')) ? '-xy' : '-xe';
  const target = [to.host, String(to.port), ...files.map(({ path }) => path)];
  const child = spawn('storescu', ['-v', syntax, '-aec', to.aeTitle, ...target], { stdio: ['ignore', 'pipe', 'pipe'] });
  let text = '';
  let current: Sample | undefined;
  const read = (chunk: Buffer) => {
    const lines = (text + chunk.toString()).split('\n');
    text = lines.pop() ?? '';
    for (const line of lines) {
      const path = /Sending file: (.*)$/.exec(line)?.[1]?.trim();
      if (path) current = files.find((file) => file.path === path);
      if (current && line.includes('Received Store Response (Success)')) acknowledged(current);
    }
  };
  child.stdout.on('data', read);
  child.stderr.on('data', read);
  await once(child, 'close');
};

/** One STOW-RS request an object, as a gateway does. */
export async function sendByStow(
  samples: readonly Sample[],
  page: string,
  acknowledged: (sample: Sample) => void,
): Promise<void> {
  const headers = { 'Content-Type': 'multipart/related; type="application/dicom"; boundary=edge' };
  const head = '--edge\r\nContent-Type: application/dicom\r\n\r\n';
  for (const sample of samples) {
    const body = Buffer.concat([Buffer.from(head), await readFile(sample.path), Buffer.from('\r\n--edge--')]);
    const answer = await fetch(new URL('/dicom-web/studies', page), { method: 'POST', headers, body }).catch(() => undefined); // prettier-ignore
    if (!answer) return; // the receiver is gone
    if (answer.status === 200) acknowledged(sample);
    await answer.arrayBuffer().catch(() => undefined);
  }
}

export const hasStorescu = (): boolean => spawnSync('storescu', ['--version']).status === 0;
