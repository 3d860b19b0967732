import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { afterAll, beforeAll, expect } from '@jest/globals';
import type { Context } from 'koa';
import { bufferSource } from '#dicom/byte-source';
import { factsOf } from '#dicom/header';
import { readPart10 } from '#dicom/part10';
import { readParts } from '#dicomweb/multipart';
import { sendInstances } from '#dimse/storage-scu';
import { startAgentProcess, until, type AgentProcess } from '#test/support/agent-process';
import { demoStudyFiles } from '#test/support/demo-study';
import { testWith } from '#test/support/peers';
import { serve } from '#test/dicomweb/serve';
import { freePort, startStoreScpAt, type StoreScp } from '#test/dimse/storescp';

// One study, and an archive for every kind of trouble. Then the trouble ends, and nobody lifts a hand.

/** How an archive behaves until its trouble ends; `stored` ones have the object although they do not say so well. */
type Trouble =
  | 'unavailable'
  | 'breaks off'
  | 'drops silently'
  | 'refuses the class'
  | 'alters'
  | 'stored, answers 400'
  | 'stored, answers 202'
  | 'stored, answers 409 duplicate'
  | 'stored, never answers';
const webTroubles: readonly Trouble[] = [
  'unavailable',
  'breaks off',
  'drops silently',
  'refuses the class',
  'alters',
  'stored, answers 400',
  'stored, answers 202',
  'stored, answers 409 duplicate',
  'stored, never answers',
];

const folder = mkdtempSync(join(tmpdir(), 'apical-unreliable-'));
/** What lies in each archive: the files under each SOP Instance UID. */
const kept = new Map<Trouble, Map<string, Buffer[]>>(webTroubles.map((trouble) => [trouble, new Map()]));
const state = { isTroubled: true };
const scps: StoreScp[] = [];
let web: Awaited<ReturnType<typeof serve>>;
let agent: AgentProcess | undefined;

beforeAll(async () => {
  web = await serve((app) => app.use((context) => answer(context)));
});
afterAll(async () => {
  await agent?.kill('SIGTERM');
  await web.stop();
  for (const scp of scps) await scp.stop();
  rmSync(folder, { recursive: true, force: true });
});

async function answer(context: Context): Promise<void> {
  const [, index = '', , ...rest] = context.path.split('/');
  const trouble = webTroubles[Number(index)]!;
  const archive = kept.get(trouble)!;
  const isTroubled = state.isTroubled;
  if (context.method === 'GET') return find(context, { archive, rest, alters: isTroubled && trouble === 'alters' });
  if (isTroubled && trouble === 'breaks off') return void context.req.socket.destroy();
  const boundary = /boundary=([^;]+)/.exec(context.get('Content-Type'))?.[1] ?? '';
  const chunks: Uint8Array[] = [];
  const fault = (sentence: string) => new Error(sentence);
  for await (const part of readParts(context.req, { boundary, headerBytesMax: 8192, fault: fault as never }))
    for await (const chunk of part.body) chunks.push(chunk);
  const file = Buffer.concat(chunks);
  const { sopInstance, sopClass } = factsOf(readPart10(bufferSource(file)));
  const keep = () => void archive.set(sopInstance, [...(archive.get(sopInstance) ?? []), file]);
  const reference = { '00081150': { vr: 'UI', Value: [sopClass] }, '00081155': { vr: 'UI', Value: [sopInstance] } };
  const say = (status: number, tag?: string, more = {}) => {
    context.status = status;
    context.body = JSON.stringify(tag ? { [tag]: { vr: 'SQ', Value: [{ ...reference, ...more }] } } : {});
  };
  const reason = (value: number) => ({ '00081197': { vr: 'US', Value: [value] } });
  if (!isTroubled || trouble === 'alters') return (keep(), say(200, '00081199'));
  switch (trouble) {
    case 'unavailable':
      return say(503);
    case 'breaks off':
    case 'drops silently':
      return say(200);
    case 'refuses the class':
      return say(409, '00081198', reason(0x0122));
    case 'stored, answers 400':
      return (keep(), say(400, '00081199'));
    case 'stored, answers 202':
      return (keep(), say(202, '00081199'));
    case 'stored, answers 409 duplicate':
      return (keep(), say(409, '00081198', reason(0x0111)));
    case 'stored, never answers':
      keep();
      return new Promise(() => {});
  }
}

/** QIDO-RS for one instance, WADO-RS of one instance. */
function find(
  context: Context,
  { archive, rest, alters }: { archive: Map<string, Buffer[]>; rest: readonly string[]; alters: boolean },
): void {
  const asked = context.query['SOPInstanceUID'] ?? rest.at(-1);
  const file = archive.get(String(asked))?.[0];
  if (rest.at(-2) !== 'instances') {
    context.type = 'application/dicom+json';
    context.body = JSON.stringify(file ? [{ '00080018': { vr: 'UI', Value: [asked] } }] : []);
  } else if (file) {
    const given = Buffer.from(file);
    if (alters) given[given.length - 2]! ^= 1; // in the last value: a pixel, or a word of a report
    context.type = 'application/dicom';
    context.body = given;
  }
}

interface Delivery {
  readonly destination: string;
  readonly state: string;
  readonly attempts: number;
  readonly proof?: string;
  readonly fault?: { readonly code: string; readonly sentence: string };
}
interface Document {
  readonly sopInstance: string;
  readonly deliveries: readonly Delivery[];
}

async function documents(study: string): Promise<readonly Document[]> {
  const answered = await fetch(new URL(`/api/studies/${study}`, agent!.page), { headers: { Connection: 'close' } });
  return ((await answered.json()) as { documents?: Document[] }).documents ?? [];
}

/** How each destination fares: its states over all documents, and the faults that the page tells of. */
async function standing(study: string): Promise<Readonly<Record<string, readonly string[]>>> {
  const all = (await documents(study)).flatMap(({ deliveries }) => deliveries);
  const said = ({ state, fault }: Delivery) => (fault ? `${state} ${fault.code}` : state);
  const byName = Map.groupBy(all, ({ destination }) => destination);
  return Object.fromEntries([...byName].map(([name, each]) => [name, [...new Set(each.map(said))].sort()]));
}

/** Asks until every destination stands as it should. */
async function expectStanding(study: string, expected: Readonly<Record<string, string>>): Promise<void> {
  const wanted = Object.fromEntries(Object.entries(expected).map(([name, each]) => [name, [each]]));
  const stands = async () => (isDeepStrictEqual(await standing(study), wanted) ? true : undefined);
  await until(stands, { seconds: 240, what: 'every destination' }).catch(() => undefined);
  expect(await standing(study)).toEqual(wanted);
}

const onlyCt = `[[TransferSyntaxes]]
[Plain]
TransferSyntax1 = LittleEndianImplicit
[[PresentationContexts]]
[CT]
PresentationContext1 = CTImageStorage\\Plain
[[Profiles]]
[OnlyCT]
PresentationContexts = CT
`;

testWith(
  ['storescp'],
  'whatever archives do, nothing is lost, nothing is double, the page says how it stands, and what can heal does by itself',
  async () => {
    const profile = join(folder, 'only-ct.cfg');
    writeFileSync(profile, onlyCt);
    const ports = { down: await freePort(), aborts: await freePort(), slow: await freePort(), ct: await freePort() };
    const aborting = await startStoreScpAt(ports.aborts, '--abort-during');
    const slow = await startStoreScpAt(ports.slow, '--sleep-after', '1');
    scps.push(aborting, slow, await startStoreScpAt(ports.ct, '-xf', profile, 'OnlyCT'));
    const node = (name: string, port: number) => ({
      kind: 'c-store',
      name,
      aeTitle: 'STORESCP',
      host: '127.0.0.1',
      port,
    });
    agent = await startAgentProcess(
      {
        models: { viewScoreMin: 0.2 },
        assessment: { deliverPhantomResults: true },
        limits: { backOffFirstMs: 200, backOffMaxMs: 500, attemptsMax: 500 },
        destinations: [
          ...webTroubles.map((name, index) => ({
            kind: 'stow-rs',
            name,
            url: `${web.url}/${index}/dicom-web`,
            timeoutMs: 2000,
            readBack: name === 'alters',
          })),
          node('is down', ports.down),
          node('aborts', ports.aborts),
          node('is slow', ports.slow),
          node('takes CT only', ports.ct),
        ],
      },
      { dataFolder: join(folder, 'agent') },
    );
    const files = await demoStudyFiles(3);
    const { signal } = new AbortController();
    await sendInstances({ files, to: agent.dimse, callingAeTitle: 'PHANTOM', timeoutMs: 60_000, signal });
    const { study } = files[0]!;

    const lasting = {
      'refuses the class': 'dead DESTINATION_REFUSED',
      alters: 'dead DESTINATION_REFUSED',
      'takes CT only': 'dead DESTINATION_REFUSED',
      'stored, answers 400': 'delivered',
      'stored, answers 202': 'delivered',
      'stored, answers 409 duplicate': 'delivered',
      'stored, never answers': 'delivered',
      'is slow': 'delivered',
    };
    await expectStanding(study, {
      ...lasting,
      unavailable: 'waiting DESTINATION_BUSY',
      'drops silently': 'waiting DESTINATION_BUSY',
      'breaks off': 'waiting DESTINATION_UNREACHABLE',
      'is down': 'waiting DESTINATION_UNREACHABLE',
      aborts: 'waiting DESTINATION_UNREACHABLE',
    });

    state.isTroubled = false;
    await aborting.stop();
    const healed = [await startStoreScpAt(ports.down), await startStoreScpAt(ports.aborts)];
    scps.push(...healed);
    const delivered = ['unavailable', 'drops silently', 'breaks off', 'is down', 'aborts'].map((name) => [
      name,
      'delivered',
    ]);
    await expectStanding(study, { ...lasting, ...Object.fromEntries(delivered) });

    const written = (await documents(study)).map(({ sopInstance }) => sopInstance).sort();
    expect(written.length).toBeGreaterThanOrEqual(4);
    for (const [trouble, archive] of kept) {
      expect([trouble, [...archive.keys()].sort()]).toEqual([trouble, trouble === 'refuses the class' ? [] : written]);
      for (const [first, ...again] of archive.values())
        for (const each of again) expect(each.equals(first!)).toBe(true);
    }
    for (const scp of [slow, ...healed]) {
      const uids = (await scp.received()).map((file) => factsOf(readPart10(bufferSource(file))).sopInstance);
      expect(uids.sort()).toEqual(written);
    }
  },
  600_000,
);
