import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { openArchive } from '#cli/archive';
import type { Instance } from '#domain/instance';
import type { StudyUid } from '#domain/uid';
import { systemClock } from '#src/clock';
import { startAgentProcess, until, type AgentProcess } from '#test/support/agent-process';
import { hasProgram, sharedPath, testWith } from '#test/support/peers';
import { validate } from '#test/support/validate';

// Real objects that nobody here wrote: each ends as assessed, not assessed with a reason, or refused with a status.

const manifest = sharedPath('corpus', 'MANIFEST.tsv');
const rows = existsSync(manifest) ? parse(readFileSync(manifest, 'utf8')) : [];
const ultrasound = rows.filter(({ group, path }) => group === 'us' && !path.endsWith('.mp4'));
const bad = rows.filter(({ group }) => group === 'bad');
const needs = ['storescu', 'shared:corpus/MANIFEST.tsv'];
const here = hasProgram('storescu') && rows.length > 0;

/** How storescu is told to propose a transfer syntax. */
const proposals: Readonly<Record<string, string>> = {
  '1.2.840.10008.1.2': '-xi',
  '1.2.840.10008.1.2.1': '-xe',
  '1.2.840.10008.1.2.2': '-xb',
  '1.2.840.10008.1.2.5': '-xr',
  '1.2.840.10008.1.2.4.50': '-xy',
  '1.2.840.10008.1.2.4.51': '-xx',
  '1.2.840.10008.1.2.4.70': '-xs',
  '1.2.840.10008.1.2.4.80': '-xt',
  '1.2.840.10008.1.2.4.81': '-xu',
  '1.2.840.10008.1.2.4.90': '-xv',
  '1.2.840.10008.1.2.4.91': '-xw',
};

let agent: AgentProcess;
const sent: ReturnType<typeof storescu>[] = [];

beforeAll(async () => {
  if (!here) return;
  // Nobody is sent anything, since the model knows phantoms only; but every kind of document is written for this destination.
  const reports = ['measurement', 'text', 'echo', 'key-clips', 'pdf', 'segmentation'];
  const nobody = { kind: 'stow-rs', name: 'nobody', url: 'http://127.0.0.1:9/dicom-web', reports };
  agent = await startAgentProcess({ results: { timezone: '+0100' }, destinations: [nobody] });
  for (const { path } of ultrasound) sent.push(storescu(path));
}, 300_000);
afterAll(() => agent?.kill('SIGTERM'));

interface Detail {
  readonly state: string;
  readonly clips: readonly {
    readonly sopInstance: string;
    readonly reading?: { readonly kind: string; readonly because?: string };
  }[];
}

async function detailOf(study: string): Promise<Detail> {
  const answer = await get(`/api/studies/${study}`);
  return (await answer.json()) as Detail;
}

testWith(
  needs,
  'every ultrasound file is stored, and its study is assessed or says why it is not',
  async () => {
    // Three files are one object in three encodings: the first is kept, another class under its UID is refused.
    const uids = sent.map(({ sopInstance }) => sopInstance);
    const others = sent.filter(({ sopInstance }, index) => uids.indexOf(sopInstance) < index);
    for (const each of sent) {
      const allowed = others.includes(each) ? /^(Success|Refused.*|Error.*|Unknown.*|0x?0*111.*)$/i : /^Success$/;
      expect([each.path, each.answer]).toEqual([each.path, expect.stringMatching(allowed)]);
    }
    for (const study of new Set(sent.map(({ study }) => study)))
      await until(async () => ((await detailOf(study)).state === 'assessed' ? true : undefined), {
        seconds: 200,
        what: study,
      });
    for (const { path, study, sopInstance } of sent.filter(({ answer }) => answer === 'Success')) {
      const clip = (await detailOf(study)).clips.find((clip) => clip.sopInstance === sopInstance);
      expect([path, clip?.reading?.kind]).toEqual([path, expect.stringMatching(/^(in)?eligible$/)]);
      if (clip?.reading?.kind === 'ineligible') expect(clip.reading.because).toBeTruthy();
    }
  },
  300_000,
);

testWith(
  [...needs, 'dciodvfy', 'shared:tools/validate.sh'],
  'every validator accepts the results of every corpus study',
  async () => {
    const sources: string[] = [];
    const results: string[] = [];
    const entities: string[] = [];
    const archive = await openArchive(agent, systemClock);
    for (const study of new Set(sent.map(({ study }) => study as StudyUid))) {
      const filesOf = async (role: Instance['role']) =>
        (await archive.ledger.instances(study, role)).map((instance) => archive.path(instance));
      const [came, written] = [await filesOf('source'), await filesOf('result')];
      expect(written.length).toBeGreaterThanOrEqual(4); // in groups, in words, for an echo system, printed
      sources.push(...came);
      results.push(...written);
      const said = spawnSync('dcentvfy', [...came, ...written], { encoding: 'latin1' });
      entities.push(...(said.stdout + said.stderr).split('\n').filter((line) => line.startsWith('Error')));
    }
    archive.close();
    // Patients of different studies here share an ID, so dcentvfy is asked study by study above.
    const { output } = validate(sources, results);
    const complaints = output
      .split('\n')
      .filter((line) => line !== '' && !/^ok|dcentvfy|IE=<|dciodvfy 2022 has no/.test(line));
    // Two sources have UIDs under a root that was never given to anybody; a result has to name its study all the same.
    const illegalRoot = /Illegal root for UID = <999\.999|^FAIL dciodvfy .*999\.999/;
    expect(complaints.filter((line) => !illegalRoot.test(line))).toEqual([]);
    // Three sources write dates as ACR-NEMA did, 1997.04.24, which is no valid DA: results write the same day as DICOM does.
    const oldDate = /Element=<Study(Date|Time)>.*<(\d{4}\.\d\d\.\d\d|\d\d:\d\d:\d\d)>/;
    expect(entities.filter((line) => !oldDate.test(line))).toEqual([]);
    expect(output).toMatch(/ok {3}PixelMed/);
  },
  900_000,
);

describe('bad files', () => {
  testWith(
    needs,
    'each is answered over STOW-RS, and the agent lives',
    async () => {
      for (const { path } of bad) {
        const answer = await stow(await readFile(sharedPath('corpus', path)));
        expect([path, answer.status]).toEqual([path, expect.any(Number)]);
      }
      expect((await get('/health')).status).toBe(200);
    },
    120_000,
  );

  testWith(
    needs,
    'each that storescu can send is answered with a status',
    async () => {
      for (const { path } of bad) storescu(path);
      expect((await get('/health')).status).toBe(200);
    },
    120_000,
  );
});

testWith(needs, 'no patient value of any object stands in the log or the metrics', async () => {
  const text = agent.log() + (await (await get('/metrics')).text());
  for (const { path } of ultrasound) {
    const dump = spawnSync('dcmdump', ['+P', '0010,0010', '+P', '0010,0020', sharedPath('corpus', path)], {
      encoding: 'latin1',
    }).stdout;
    // A word of its own: digits such as 1234 stand by chance inside UIDs, times and counts.
    const values = [...dump.matchAll(/\[([^\]]{4,})\]/g)].flatMap(([, value]) => value ?? []);
    const telling = values.filter((value) => !/^\d{1,5}$/.test(value));
    const standsIn = (value: string) =>
      new RegExp(`(?<![\\w.])${value.replaceAll(/[^\w\s]/g, '\\$&')}(?![\\w.])`).test(text);
    expect([path, telling.filter(standsIn)]).toEqual([path, []]);
  }
});

test('the corpus is the one that the manifest names', () => {
  if (here) expect(ultrasound.length).toBeGreaterThan(25);
});

/** On a connection of its own: one kept alive may have been closed while a program was waited for. */
function get(path: string): Promise<Response> {
  return fetch(new URL(path, agent.page), { headers: { Connection: 'close' } });
}

function storescu(path: string) {
  const file = sharedPath('corpus', path);
  const [syntax = '', study = '', sopInstance = ''] = ['0002,0010', '0020,000D', '0008,0018'].map((tag) =>
    valueOf(file, tag),
  );
  const { aeTitle, host, port } = agent.dimse;
  const proposal = proposals[syntax] ?? '-xe';
  const run = spawnSync(
    'storescu',
    ['-v', '-R', '-aec', aeTitle, '-to', '20', '-td', '20', '-ta', '20', proposal, host, String(port), file],
    { encoding: 'utf8', timeout: 60_000 },
  );
  const answer = /Received Store Response \(([^)]*)\)/.exec(run.stderr + run.stdout)?.[1];
  return { path, study, sopInstance, answer };
}

function valueOf(file: string, tag: string): string {
  const dump = spawnSync('dcmdump', ['-M', '-Un', '+P', tag, '-s', file], { encoding: 'latin1' }).stdout;
  return /\[([^\]]*)\]/.exec(dump)?.[1]?.replace(/[\0 ]+$/, '') ?? '';
}

async function stow(file: Buffer): Promise<Response> {
  const head = '--part\r\nContent-Type: application/dicom\r\n\r\n';
  return fetch(new URL('/dicom-web/studies', agent.page), {
    method: 'POST',
    headers: {
      Connection: 'close',
      'Content-Type': 'multipart/related; type="application/dicom"; boundary=part',
      Accept: 'application/dicom+json',
    },
    body: Buffer.concat([Buffer.from(head), file, Buffer.from('\r\n--part--\r\n')]),
  });
}

function parse(text: string): readonly { readonly path: string; readonly group: string }[] {
  const [head = '', ...lines] = text.trim().split('\n');
  const columns = head.split('\t');
  return lines.map((line) => {
    const values = line.split('\t');
    return { path: values[columns.indexOf('path')] ?? '', group: values[columns.indexOf('group')] ?? '' };
  });
}
