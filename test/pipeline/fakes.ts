import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { PreparedClip } from '#domain/clip';
import { AgentError } from '#domain/errors';
import type { AgentEvent } from '#domain/event';
import { Identifying } from '#domain/identifying';
import type { InstanceFacts } from '#domain/instance';
import type { JobKind } from '#domain/job';
import { deriveUid, type StudyUid } from '#domain/uid';
import type { View } from '#domain/view';
import type { Agent } from '#pipeline/agent';
import { tell } from '#pipeline/runner';
import type { ReceivingLimits } from '#pipeline/bounds';
import { createReceive } from '#pipeline/receive';
import { createLedger } from '#store/ledger';
import { openInstanceFiles } from '#store/files';
import { openDatabase } from '#store/open';
import type { Destination, Receive, Sender } from '#src/ports';
import type { Worklist } from '#src/ports/worklist';
import { quietReceiving } from '#test/support/receiving';
import type { Rule } from '#domain/rule';
import { manualClock } from '#test/support/manual-clock';

export const study = deriveUid('study') as StudyUid;
const patience = { leaseMs: 60_000, attemptsMax: 3, backOffFirstMs: 1000, backOffMax: 8000 };

/** What a fake object says of itself; it is the whole content of its file. */
export interface FakeObject {
  readonly name: string;
  readonly patient?: string;
  /** Study Date. */
  readonly date?: string;
  readonly view?: View | 'unsure';
  readonly frames?: number;
  readonly station?: string;
  /** Another study than the usual one. */
  readonly of?: StudyUid;
  readonly broken?: boolean;
}

/** The real story over the real ledger; eyes, models and destinations are small and obedient. */
export async function openStory({
  destinations = [],
  limits = { studyBytesMax: 1e9, queueMax: 1000 },
  freeBytes = async () => 1e9,
  rules = [],
  worklists = [],
  findings = {},
  question = 'ef',
}: {
  rules?: readonly Rule[];
  /** ID of the finding that the model answers. */
  question?: string;
  worklists?: readonly Worklist[];
  /** What the model answers, by the name of the first clip that it is shown; 55 where nothing is said. */
  findings?: Readonly<Record<string, number>>;
  destinations?: readonly Destination[];
  limits?: ReceivingLimits;
  freeBytes?: () => Promise<number>;
} = {}) {
  const folder = mkdtempSync(join(tmpdir(), 'apical-story-'));
  const clock = manualClock();
  const events: AgentEvent[] = [];
  const publish = (event: AgentEvent) => void events.push(event);
  const files = await openInstanceFiles({ dataFolder: folder, instanceBytesMax: 1e9, freeBytesMin: 1 }, clock, {
    ownsFolder: true,
    freeBytes,
  });
  const open = () => createLedger(openDatabase(join(folder, 'archive')), clock, { ownsFolder: true });
  const written = new Map<string, FakeObject>();
  const reader: Agent['reader'] = {
    examine: async (path) => factsOf(await contentOf(path)),
    async prepare(path, { frameIndices, size }) {
      const object = await contentOf(path);
      if (object.broken === true) throw new AgentError('PIXELS_UNDECODABLE', 'frame 1');
      return preparedOf(object, frameIndices, size);
    },
    frames: async (_path, frameIndices) => ({ rows: 1, columns: 1, pixels: frameIndices.map(() => new Uint8Array(3)) }),
    encodedFrames: async (_path, frameIndices) => ({ count: 1, frames: frameIndices.map(() => new Uint8Array(1)) }),
    bulkValue: async () => undefined,
    close: async () => undefined,
  };
  let ledger = open();
  const receiving = { ...quietReceiving(), worklists, rules: () => ({ lines: rules, usual: 'LOW' as const }) };
  const agent = (): Agent => ({
    ...models(written, { values: findings, question }),
    ...receiving,
    clock,
    ledger,
    files,
    reader,
    destinations,
    keeps: () => true,
    publish,
  });
  const told: string[] = [];
  return {
    clock,
    folder,
    events,
    told,
    ledger: () => ledger,
    agent,
    receive: createReceive({ ...agent(), limits }),
    /** Tells chapters until nothing is due before `until`. */
    async run(until = clock.now() + 20_000) {
      for (; clock.now() <= until; clock.advance(500)) {
        for (;;) {
          const job = await ledger.claim(
            ['glance', 'look', 'settle', 'assess', 'compose', 'write-back', 'worklist'],
            60_000,
          );
          if (!job) break;
          told.push(job.job.kind);
          await tell(job, agent(), { patience, stop: new AbortController().signal });
        }
      }
    },
    /** Tells the most urgent job that is due, of the given kinds. */
    async tellNext(kinds: readonly JobKind[]) {
      const job = await ledger.claim(kinds, 60_000);
      if (job) await tell(job, agent(), { patience, stop: new AbortController().signal });
    },
    /** As after a kill: the database is opened anew, whatever ran is released. */
    die() {
      ledger.close();
      ledger = open();
    },
    /** What lies in the spool. */
    spooled: () => readdirSync(join(folder, 'spool')),
    close() {
      ledger.close();
      rmSync(folder, { recursive: true });
    },
  };

  async function contentOf(path: string): Promise<FakeObject> {
    const { readFile } = await import('node:fs/promises');
    const text = await readFile(path, 'utf8');
    if (!text.startsWith('{')) throw new AgentError('OBJECT_UNREADABLE', 'not an object');
    const object = JSON.parse(text) as FakeObject;
    written.set(uidOf(object), object);
    return object;
  }
}

/** The object comes in as from a scanner. */
export async function send(receive: Receive, object: FakeObject | string, sender: Sender = {}) {
  const reception = await receive({ kind: 'stow-rs', address: '127.0.0.1' }, sender);
  reception.sink.end(typeof object === 'string' ? object : JSON.stringify(object));
  return reception.keep();
}

export function uidOf({ name }: FakeObject): string {
  return deriveUid('object', name);
}

function factsOf(object: FakeObject): InstanceFacts {
  return {
    sopInstance: deriveUid('object', object.name),
    sopClass: '1.2.840.10008.5.1.4.1.1.3.1' as never,
    series: deriveUid('series'),
    study: object.of ?? study,
    transferSyntax: deriveUid('syntax'),
    modality: 'US',
    manufacturer: '',
    modelName: '',
    image: {
      rows: 400,
      columns: 400,
      frames: object.frames ?? 40,
      samplesPerPixel: 3,
      bitsAllocated: 8,
      bitsStored: 8,
      photometricInterpretation: 'RGB',
      planarConfiguration: 0,
      imageType: [],
      colourDataPresent: false,
      regions: [],
      frameTimesMs: [33],
    },
    ...(object.station !== undefined && { station: object.station }),
    attributes: new Identifying({
      '00100020': { vr: 'LO', Value: [object.patient ?? 'P1'] },
      ...(object.date !== undefined && { '00080020': { vr: 'DA', Value: [object.date] } }),
    }),
  };
}

function preparedOf(object: FakeObject, frameIndices: readonly number[], size: number): PreparedClip {
  const sector = [
    { x: 0, y: 0 },
    { x: 9, y: 0 },
    { x: 9, y: 9 },
  ];
  return {
    sopInstance: uidOf(object) as PreparedClip['sopInstance'],
    pixels: new Uint8Array(3),
    size,
    frameIndices,
    crop: { x0: 0, y0: 0, x1: 1, y1: 1 },
    facts: { sector, coloured: 0, motion: 5 },
  };
}

function models(
  seen: ReadonlyMap<string, FakeObject>,
  { values, question: id }: { values: Readonly<Record<string, number>>; question: string },
): Pick<Agent, 'views' | 'findings' | 'composer'> {
  const code = { value: '1', scheme: '99T', meaning: 'one' };
  const identity = {
    id: 'm',
    name: 'm',
    manufacturer: 'm',
    version: '1',
    digest: 'd',
    phantomOnly: true,
    provider: 'cpu',
  };
  return {
    views: {
      identity,
      size: 1,
      async classify({ sopInstance }) {
        const view = seen.get(sopInstance)?.view ?? 'A4C';
        return view === 'unsure'
          ? { kind: 'unsure', nearest: 'A4C', score: 0.3 }
          : { kind: 'recognised', view, score: 0.9 };
      },
    },
    findings: {
      identity,
      size: 1,
      definitions: [
        {
          kind: 'measurement',
          id,
          title: 'EF',
          concept: code,
          site: code,
          views: ['A4C'],
          unit: code,
          range: [0, 100],
          sentences: ['<#>'],
        },
      ],
      selectFrames: (frames) => [...Array(frames).keys()],
      assess: async (clips) => [
        {
          kind: 'measured',
          id,
          value: values[seen.get(clips[0]!.sopInstance)?.name ?? ''] ?? 55,
          similarity: 0.2,
          evidence: {
            sopInstance: clips[0]!.sopInstance,
            keyFrame: 0,
            clips: clips.map((clip) => clip.sopInstance),
            sentence: 's',
          },
        },
      ],
      methods: ['grad-cam'],
      explain: async (clip, finding) => ({
        sopInstance: clip.sopInstance,
        findingId: finding.id,
        sentence: 's',
        similarity: 0.2,
        method: 'grad-cam',
        parameters: {},
        maps: new Float32Array(1),
        size: 1,
        frameIndices: [0],
        crop: clip.crop,
      }),
    },
    composer: {
      async compose({ assessment }) {
        const { study: of, revision } = assessment;
        const name = of === study ? `result ${revision}` : `result ${revision} of ${of}`;
        const document = {
          sopInstance: deriveUid('object', name),
          sopClass: deriveUid('class'),
          series: deriveUid('series'),
          study: of,
          revision,
          kind: 'sr' as const,
          title: name,
          phantomOnly: true,
        };
        return [{ document, bytes: Buffer.from(JSON.stringify({ name, of } satisfies FakeObject)) }];
      },
    },
  };
}
