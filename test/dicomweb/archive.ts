import { createHash } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { finished } from 'node:stream/promises';
import dcmjs from 'dcmjs';
import { AgentError } from '#domain/errors';
import { Identifying } from '#domain/identifying';
import type { DicomJson, Instance, InstanceFacts } from '#domain/instance';
import type { Uid } from '#domain/uid';
import type { Catalogue, InstanceFiles, Ledger, Receive, StudySummary } from '#src/ports';

/** An archive for tests: the ports that DICOMweb needs, over a temporary folder and an array. */
export interface TestArchive {
  readonly catalogue: Catalogue;
  readonly files: Pick<InstanceFiles, 'path'>;
  readonly receive: Receive;
  readonly ledger: Pick<Ledger, 'holds' | 'checkpoint' | 'saveCheckpoint'>;
  readonly instances: readonly Instance[];
  /** How often an object was opened, kept and thrown away. */
  readonly count: { opened: number; kept: number; repeated: number; discarded: number };
  read(sopInstance: string): Promise<Buffer>;
  remove(): Promise<void>;
}

export async function createArchive({ bytesMax = Infinity }: { bytesMax?: number } = {}): Promise<TestArchive> {
  const folder = await mkdtemp(join(tmpdir(), 'archive-'));
  const instances: Instance[] = [];
  const checkpoints = new Map<string, string>();
  const count = { opened: 0, kept: 0, repeated: 0, discarded: 0 };
  const path = (instance: Pick<Instance, 'file'>) => join(folder, instance.file);

  const receive: Receive = async (origin) => {
    count.opened += 1;
    const file = `${count.opened}.dcm`;
    let bytes = 0;
    const sink = createWriteStream(join(folder, file));
    const write = sink._write.bind(sink);
    sink._write = (chunk: Buffer, encoding, done) => {
      bytes += chunk.length;
      if (bytes > bytesMax) done(new AgentError('OBJECT_TOO_LARGE', ''));
      else write(chunk, encoding, done);
    };
    return {
      sink,
      async keep(announced = {}) {
        await finished(sink);
        const content = await readFile(join(folder, file));
        const facts = examine(content);
        for (const key of ['study', 'sopInstance', 'sopClass'] as const)
          if (announced[key] !== undefined && announced[key] !== facts[key])
            throw new AgentError('OBJECT_MISMATCHED', key);
        const repeated = instances.some((one) => one.facts.sopInstance === facts.sopInstance);
        if (repeated) count.repeated += 1;
        else {
          const sha256 = createHash('sha256').update(content).digest('hex');
          instances.push({ facts, file, bytes, sha256, receivedAt: count.opened, role: 'source', origin });
          count.kept += 1;
        }
        return { facts, repeated };
      },
      async discard() {
        count.discarded += 1;
        sink.destroy();
        await rm(join(folder, file), { force: true });
      },
    };
  };

  return {
    catalogue: {
      instances: async (where) =>
        page(
          instances.filter((one) => isWithin(one, where)),
          where,
        ),
      studies: studiesOf(instances),
    },
    files: { path },
    receive,
    ledger: {
      holds: async (uid) => instances.some((one) => one.facts.sopInstance === uid),
      checkpoint: async (name) => checkpoints.get(name),
      saveCheckpoint: async (name, value) => void checkpoints.set(name, value),
    },
    instances,
    count,
    read: (uid) => readFile(path(instances.find((one) => one.facts.sopInstance === uid)!)),
    remove: () => rm(folder, { recursive: true, force: true }),
  };
}

type Where = Parameters<Catalogue['studies']>[0];

function studiesOf(instances: readonly Instance[]): Catalogue['studies'] {
  return async (where) => {
    const studies = Map.groupBy(instances, (one) => one.facts.study);
    const summaries = [...studies.values()]
      .filter((members) => members.some((one) => isWithin(one, where)))
      .map((members): StudySummary => ({
        attributes: members[0]!.facts.attributes,
        modalities: [...new Set(members.map((one) => one.facts.modality))],
        sopClasses: [...new Set(members.map((one) => one.facts.sopClass))],
        series: new Set(members.map((one) => one.facts.series)).size,
        instances: members.length,
      }));
    return page(summaries.reverse(), where);
  };
}

function isWithin({ facts }: Instance, where: Where): boolean {
  const date = String(facts.attributes.disclose()['00080020']?.Value?.[0] ?? '');
  return (
    (where.study ?? facts.study) === facts.study &&
    (where.series ?? facts.series) === facts.series &&
    (where.sopInstance ?? facts.sopInstance) === facts.sopInstance &&
    (where.modality ?? facts.modality) === facts.modality &&
    (where.studyDateFrom ?? date) <= date &&
    (where.studyDateTo ?? date) >= date
  );
}

function page<T>(all: readonly T[], { limit = Infinity, offset = 0 }: Where): readonly T[] {
  return all.slice(offset, offset + limit);
}

/** The facts of a Part 10 file. */
function examine(content: Buffer): InstanceFacts {
  const read = () => dcmjs.data.DicomMessage.readFile(Uint8Array.from(content).buffer);
  let file: ReturnType<typeof read>;
  try {
    file = read();
  } catch (cause) {
    throw new AgentError('OBJECT_UNREADABLE', '', { cause });
  }
  const { '7FE00010': _pixels, ...attributes } = JSON.parse(JSON.stringify(file.dict)) as Record<
    string,
    DicomJson[string]
  >;
  const first = (tag: string) => (attributes[tag]?.Value ?? [])[0] as string;
  const number = (tag: string) => Number(first(tag));
  const image = {
    rows: number('00280010'),
    columns: number('00280011'),
    frames: number('00280008'),
    samplesPerPixel: 1,
    bitsAllocated: 8,
    bitsStored: 8,
    photometricInterpretation: 'MONOCHROME2',
    planarConfiguration: 0,
    imageType: [],
    colourDataPresent: false,
    regions: [],
    frameTimesMs: [],
  };
  return {
    sopInstance: first('00080018') as Uid,
    sopClass: first('00080016') as Uid,
    study: first('0020000D') as InstanceFacts['study'],
    series: first('0020000E') as Uid,
    transferSyntax: file.meta['00020010'].Value[0] as Uid,
    modality: first('00080060'),
    manufacturer: '',
    modelName: '',
    ...('00280010' in attributes && { image }),
    attributes: new Identifying<DicomJson>(attributes),
  };
}
