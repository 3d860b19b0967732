import { createHash } from 'node:crypto';
import { closeSync, openSync, writeSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { finished } from 'node:stream/promises';
import { withFile } from '#dicom/byte-source';
import { readEncodedFrames } from '#dicom/frame-index';
import { readHeader } from '#dicom/header';
import { readPart10 } from '#dicom/part10';
import { bulkValue } from '#dicom/values';
import { AgentError } from '#domain/errors';
import type { Instance } from '#domain/instance';
import type { Catalogue, StudySummary } from '#src/ports/archives';
import type { InstanceFiles, PartReader, Receive } from '#src/ports';
import type { Ledger } from '#src/ports/ledger';

/** An archive for tests: the ports that DICOMweb needs, over a temporary folder and an array. */
export interface TestArchive {
  readonly catalogue: Catalogue;
  readonly files: Pick<InstanceFiles, 'path'>;
  readonly receive: Receive;
  /** Read here and now, and not in a worker. */
  readonly parts: PartReader;
  readonly ledger: Pick<Ledger, 'holds' | 'checkpoint' | 'saveCheckpoint'>;
  readonly instances: readonly Instance[];
  /** How often an object was opened, kept and thrown away. */
  readonly count: { opened: number; kept: number; repeated: number; discarded: number };
  read(sopInstance: string): Promise<Buffer>;
  /** Holds nothing any more. */
  forget(): void;
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
    const descriptor = openSync(join(folder, file), 'w');
    let bytes = 0;
    const sink = new Writable({
      write(chunk: Buffer, _encoding, done) {
        bytes += chunk.length;
        if (bytes > bytesMax) return done(new AgentError('OBJECT_TOO_LARGE', ''));
        writeSync(descriptor, chunk);
        return done();
      },
      destroy(error, done) {
        closeSync(descriptor);
        done(error);
      },
    });
    return {
      sink,
      async keep(announced = {}) {
        await finished(sink);
        const content = await readFile(join(folder, file));
        const facts = readHeader(join(folder, file));
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
    parts: {
      async encodedFrames(file, frameIndices) {
        const { image, frames } = readEncodedFrames(file, frameIndices);
        return { count: image.frames, frames };
      },
      bulkValue: async (file, tag) => withFile(file, (source) => bulkValue(readPart10(source), tag)),
    },
    ledger: {
      holds: async (uid) => instances.some((one) => one.facts.sopInstance === uid),
      checkpoint: async (name) => checkpoints.get(name),
      saveCheckpoint: async (name, value) => void checkpoints.set(name, value),
    },
    instances,
    count,
    forget: () => void instances.splice(0),
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
  const date = (facts.attributes.disclose()['00080020']?.Value?.[0] ?? '') as string;
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
